import DataLoader from 'dataloader';
import { UsageError } from '../errors.js';
import { isIccid } from '../iccid.js';
import { invalidIccid, problemOf } from '../problem.js';
import type { Caller, Place, UsageResult, UsageSource } from '../usage.js';

export interface LoaderOptions {
  readonly source: UsageSource;
  /** On whose behalf: one operation. */
  readonly caller: Caller;
  /** Most different ICCIDs that the operation may name. */
  readonly maxIccids: number;
}

/** The readings of one operation. */
export interface UsageLoader {
  /**
   * The result for a text that should be an ICCID. The same text is loaded once, however often it is named. Every fault that
   * is not our own bug is a problem in the result. Rejects with a `TooMuchAskedError` beyond `maxIccids` different texts, or ten
   * times as many in all: repeats cost no call, but lists within lists would multiply the answer.
   */
  load(text: string): Promise<UsageResult>;
}

/** The operation asks for too much. Nothing of the batch that went over was loaded. */
class TooMuchAskedError extends Error {
  /** Taken over into the GraphQL error. */
  readonly extensions = { code: 'BAD_USER_INPUT' };
}

/** How often an operation may name each of its ICCIDs, on average. */
const repeats = 10;

/** Makes the loader of one operation. */
export function createLoader({ source, caller, maxIccids }: LoaderOptions): UsageLoader {
  const maxNamed = maxIccids * repeats;
  let named = 0;
  let different = 0;
  let turns = 0;

  function refuseTooManyNamed(): void {
    if (named > maxNamed)
      throw new TooMuchAskedError(`An operation may name at most ${maxNamed} ICCIDs, repeats included.`);
  }

  async function loadOne(text: string): Promise<UsageResult> {
    if (!isIccid(text)) return invalidIccid();
    try {
      return await source.read(text, inTurn());
    } catch (error) {
      if (error instanceof UsageError) return problemOf(text, error);
      throw error;
    }
  }

  /** What never waits takes no turn: its place is not looked at. */
  function inTurn(): Caller {
    let place: Place | undefined;
    return {
      ...caller,
      get place() {
        if (place === undefined) {
          place = { lane: 'interactive', behind: turns };
          turns += 1;
        }
        return place;
      },
    };
  }

  const loader = new DataLoader<string, UsageResult>(async (texts) => {
    different += texts.length;
    if (different > maxIccids)
      throw new TooMuchAskedError(`An operation may name at most ${maxIccids} different ICCIDs.`);
    refuseTooManyNamed();
    // One that throws is a bug of ours, and must not take the others with it.
    return Promise.all(texts.map((text) => loadOne(text).catch((error: unknown) => asError(error))));
  });

  return {
    async load(text) {
      named += 1;
      refuseTooManyNamed();
      return loader.load(text);
    },
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('something that is no error was thrown', { cause: thrown });
}
