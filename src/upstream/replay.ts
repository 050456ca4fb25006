import { UnauthorizedError } from '../errors.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';
import type { Token } from './token.js';

export interface ReplayOptions {
  /** What is read, each time through a slot of its own. */
  readonly source: UsageSource;
  readonly token: Token;
}

/**
 * Reads with a token, and once more with a new one when the upstream refused it. Stands outside the
 * scheduler, so that the second call takes a new slot.
 */
export function createReplay({ source, token }: ReplayOptions): UsageSource {
  /** Does not wait for the token itself: that is for the line to do, which knows at once whether it is of use. */
  async function readWithToken(iccid: Iccid, caller: Caller, refusedBefore: boolean): Promise<UsageReading> {
    token.ensure();
    try {
      return await source.read(iccid, caller);
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      // Unsent: the token went away while this waited for its slot, and it has not had its turn yet.
      const refused = error.delivery !== 'unsent';
      if (refused && refusedBefore) throw error;
      return readWithToken(iccid, caller, refused || refusedBefore);
    }
  }

  return { read: (iccid, caller) => readWithToken(iccid, caller, false) };
}
