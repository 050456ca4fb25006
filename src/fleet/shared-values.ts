import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ElsewhereError, SharedStateLostError, ThrottledError, UsageError } from '../errors.js';
import type { FleetClock } from './fleet-clock.js';
import { keep, look, settle, take } from './scripts.js';
import type { Store } from './store.js';

export interface SharedValuesOptions {
  readonly store: Store;
  readonly clock: FleetClock;
  /** What all keys begin with, and the key of the company. */
  readonly prefix: string;
  readonly companyKey: string;
}

/** Of a value, as it was a moment ago. */
export interface Seen {
  /** Null when there is none. */
  readonly value: string | null;
  /** Whether somebody brings it. */
  readonly isUnderWay: boolean;
}

/** How often a value may be called for. */
export interface CallLimit {
  readonly requests: number;
  readonly windowMs: number;
  /** The longest that one call may take to arrive, in milliseconds: it counts as if all did. */
  readonly callMs: number;
}

/** The right to bring a value, for as long as its holder lives and until it is settled. */
export interface Turn {
  /** The value that there is. Null when there is none. */
  readonly value: string | null;
  /** Gives the right back. */
  settle(outcome?: Outcome): void;
}

export interface Outcome {
  /** What was brought. */
  readonly value?: { readonly text: string; readonly keptMs: number } | undefined;
  /**
   * For how long nobody shall ask for it again, in milliseconds.
   * @default 0
   */
  readonly pauseMs?: number;
  /** Whether nothing was sent, so that it does not count. */
  readonly isUnsent?: boolean;
}

/** Values that a fleet shares, each with the right to bring it. */
export interface SharedValues {
  /** All that are looked at at one time are one question. When the server is lost, nothing is known of any. */
  see(name: string): Promise<Seen>;
  /**
   * Takes the right to bring a value, and counts a call for it. Rejects with an `ElsewhereError` when another has the right, with a `ThrottledError` when
   * the limit leaves no room, and with a `SharedStateLostError`.
   */
  take(name: string, limit: CallLimit): Promise<Turn>;
}

/** What is said of a turn that is over: `settle` takes it. */
interface Settled {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** The right of one who has died ends by itself after this long, in milliseconds. */
const lockMs = 2_000;
const keepEveryMs = 600;
/** As many as are looked at with one question. */
const mostSeen = 500;

const seenAnswer = z.tuple([z.number(), z.array(z.string().nullable()), z.array(z.number())]);
const turnAnswer = z.union([
  z.tuple([z.literal('go'), z.number(), z.string().nullable()]),
  z.tuple([z.literal('elsewhere'), z.number()]),
  z.tuple([z.literal('full'), z.number()]),
]);
const nothing: Seen = { value: null, isUnderWay: false };

/** Makes the values under a prefix. */
export function createSharedValues(options: SharedValuesOptions): SharedValues {
  const { store, clock, prefix, companyKey } = options;
  const key = (kind: 'value' | 'lock' | 'calls' | 'pause', name: string): string =>
    `${prefix}${kind}:${name}`;
  let asked = new Map<string, Promise<Seen>>();
  /** What became of turns, and could not be told so far. */
  let untold: Settled[] = [];

  function tell(settled: Settled): void {
    store.run(settle, settled.keys, settled.args).catch(() => untold.push(settled));
  }

  store.onFound(() => {
    const all = untold;
    untold = [];
    all.forEach(tell);
  });

  async function seeAll(names: readonly string[]): Promise<Map<string, Seen>> {
    const askedAtMs = clock.now();
    const keys = [...names.map((name) => key('value', name)), ...names.map((name) => key('lock', name))];
    const [nowMs, values, underWay] = seenAnswer.parse(await store.run(look, keys, []));
    clock.learn(nowMs, askedAtMs, clock.now());
    return new Map(
      names.map((name, index) => [name, { value: values[index] ?? null, isUnderWay: underWay[index] === 1 }]),
    );
  }

  /** Those that are looked at in the same moment, together. */
  function gather(): (name: string) => Promise<Seen> {
    const names: string[] = [];
    const all = Promise.resolve().then(() => {
      asked = new Map();
      gathering = null;
      return seeAll(names);
    });
    return (name) => {
      names.push(name);
      if (names.length >= mostSeen) gathering = null;
      return all.then((seen) => seen.get(name) ?? nothing, orNothing);
    };
  }
  let gathering: ((name: string) => Promise<Seen>) | null = null;

  return {
    see(name) {
      const already = asked.get(name);
      if (already !== undefined) return already;
      gathering ??= gather();
      const seen = gathering(name);
      asked.set(name, seen);
      return seen;
    },

    async take(name, { requests, windowMs, callMs }) {
      const owner = randomUUID();
      const keys = [key('value', name), key('lock', name), key('calls', name), key('pause', name)];
      // What was counted before the state was lost and what is counted after it are then within the limit together.
      const mostYoung = Math.floor(requests / 2);
      const args = [owner, lockMs, requests - mostYoung, mostYoung, windowMs, windowMs + callMs];
      const askedAtMs = clock.now();
      const isSent = !store.isLost();
      const answered = await store.run(take, [...keys, companyKey], args).catch((error: unknown) => {
        // It may have been taken all the same.
        if (isSent) untold.push({ keys, args: [owner, '', 0, 0, 1] });
        throw error;
      });
      const answer = turnAnswer.parse(answered);
      if (answer[0] === 'full') throw new ThrottledError(answer[1]);
      clock.learn(answer[1], askedAtMs, clock.now());
      if (answer[0] === 'elsewhere') throw new ElsewhereError();

      const lock = key('lock', name);
      let cancelKeep = keepLater();
      function keepLater(): () => void {
        return clock.after(
          keepEveryMs,
          () => {
            cancelKeep = keepLater();
            store.run(keep, [lock], [owner, lockMs]).catch(doWithout);
          },
          'idle',
        );
      }
      return {
        value: answer[2],
        settle({ value, pauseMs = 0, isUnsent = false } = {}) {
          cancelKeep();
          const kept = [value?.text ?? '', Math.ceil(value?.keptMs ?? 0)];
          tell({ keys, args: [owner, ...kept, Math.ceil(pauseMs), isUnsent ? 1 : 0] });
        },
      };
    },
  };
}

/** A lock that is not kept ends by itself. */
function doWithout(error: unknown): void {
  if (!(error instanceof UsageError)) throw error;
}

function orNothing(error: unknown): Seen {
  if (error instanceof SharedStateLostError) return nothing;
  throw error;
}
