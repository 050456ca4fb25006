import type { Clock } from '../clock.js';
import type { Viewer } from './viewer.js';

/** Who sent a token that was found good a moment ago: a signature takes longer to verify than an operation to answer. */
export interface Recognised {
  add(authorization: string, viewer: Viewer, endsAtSeconds: number): void;
  /** Null for one that is not known, or not any more. */
  get(authorization: string): Viewer | null;
}

/** For so long a token need not be verified again: for no longer does a key that was withdrawn count. */
const recognisedMs = 60_000;
/** The most tokens that are known at a time, each of up to 16 KB. */
const most = 1_000;

/** Knows nobody yet. */
export function createRecognised(clock: Clock): Recognised {
  const known = new Map<string, { readonly viewer: Viewer; readonly untilMs: number }>();

  return {
    add(authorization, viewer, endsAtSeconds) {
      const leftMs = endsAtSeconds * 1_000 - clock.toDate(clock.now()).getTime();
      known.delete(authorization);
      known.set(authorization, { viewer, untilMs: clock.now() + Math.min(recognisedMs, leftMs) });
      for (const oldest of known.keys()) {
        if (known.size <= most) break;
        known.delete(oldest);
      }
    },
    get(authorization) {
      const found = known.get(authorization);
      return found !== undefined && clock.now() < found.untilMs ? found.viewer : null;
    },
  };
}
