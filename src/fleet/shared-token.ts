import { z } from 'zod';
import { ElsewhereError, SharedStateLostError, ThrottledError, UsageError } from '../errors.js';
import type { Fleet, NewToken } from './fleet.js';
import type { FleetClock } from './fleet-clock.js';
import { parseJson } from './parse-json.js';
import type { Seal } from './seal.js';
import type { CallLimit, Outcome, SharedValues } from './shared-values.js';

export interface SharedTokenOptions {
  readonly values: SharedValues;
  readonly limit: CallLimit;
  readonly seal: Seal;
  readonly clock: FleetClock;
}

/** How often those look who wait for a token that another fetches, or for the store, in milliseconds. */
const lookEveryMs = 100;
/** Those for whom there is no room look again after so long, in milliseconds: by then another may have brought one. */
const lookAgainMs = 1_000;
const name = 'token';

const sharedToken = z.object({ value: z.string().min(1), untilMs: z.number() });

/**
 * One token for all, because of so few that may be fetched a minute. It is written so that only those can read it who know the client secret, and could
 * fetch one themselves: whoever reads the store, or a copy of it, gets none.
 */
export function createSharedToken({ values, limit, seal, clock }: SharedTokenOptions): Fleet['shareToken'] {
  function open(text: string | null, unwanted: string | null): NewToken | null {
    const token = sharedToken.safeParse(parseJson(text === null ? null : seal.open(text))).data;
    const untilMs = token && clock.here(token.untilMs);
    if (token === undefined || token.value === unwanted || untilMs === null || untilMs === undefined)
      return null;
    const forMs = untilMs - clock.now();
    return forMs > 0 ? { value: token.value, forMs } : null;
  }

  function outcomeOf({ value, forMs }: NewToken): Outcome {
    const untilMs = clock.there(clock.now() + forMs);
    return untilMs === null
      ? {}
      : { value: { text: seal.close(JSON.stringify({ value, untilMs })), keptMs: forMs } };
  }

  async function fetchInTurn(fetch: () => Promise<NewToken>, unwanted: string | null): Promise<NewToken> {
    const turn = await values.take(name, limit).catch(sooner);
    const found = open(turn.value, unwanted);
    if (found !== null) {
      turn.settle({ isUnsent: true });
      return found;
    }
    try {
      const token = await fetch();
      turn.settle(outcomeOf(token));
      return token;
    } catch (error) {
      turn.settle({ isUnsent: error instanceof UsageError && error.delivery === 'unsent' });
      throw error;
    }
  }

  return async (fetch, unwanted) => {
    for (;;) {
      const seen = await values.see(name);
      const found = open(seen.value, unwanted);
      if (found !== null) return found;
      if (!seen.isUnderWay) {
        const token = await fetchInTurn(fetch, unwanted).catch(nullIfLater);
        if (token !== null) return token;
      }
      await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
    }
  };
}

/** Who waits for the token does so in line, where it is known for how long that is of use. */
function nullIfLater(error: unknown): null {
  if (error instanceof ElsewhereError || error instanceof SharedStateLostError) return null;
  throw error;
}

function sooner(error: unknown): never {
  throw error instanceof ThrottledError
    ? new ThrottledError(Math.min(error.retryAfterMs, lookAgainMs))
    : error;
}
