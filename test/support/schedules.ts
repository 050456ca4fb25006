import fc from 'fast-check';
import type { Ticket } from '../../src/scheduler/line.js';

/** One call that wants through, and what will become of it. All in milliseconds of virtual time. */
export interface Ask {
  /** When it asks. */
  readonly atMs: number;
  /** Its way to the upstream. */
  readonly outMs: number;
  /** From its arrival to its end here. */
  readonly backMs: number;
  /**
   * How it ends: `answered` with an answer, `failed` with one that is of no use, `unsent` without having been sent, `unanswered`
   * given up while it may still arrive, `broken` by a bug of ours that says nothing of how far it got.
   */
  readonly ending: 'answered' | 'failed' | 'unsent' | 'unanswered' | 'broken';
  /** How long after it was given up it arrives all the same. */
  readonly lateMs: number;
  /** Its deadline, counted from `atMs`. */
  readonly patienceMs: number;
  readonly place: Ticket['place'];
  /** When it leaves, counted from `atMs`. Null if it never does. */
  readonly leavesAfterMs: number | null;
  /** Its place and how much later its deadline is, from some time after `atMs` on. Null if it stays as it is. */
  readonly change: {
    readonly afterMs: number;
    readonly place: Ticket['place'];
    readonly laterMs: number;
  } | null;
}

export interface Spell {
  readonly atMs: number;
  readonly forMs: number;
}

/** All that happens to one limit. */
export interface Schedule {
  readonly requests: number;
  readonly windowMs: number;
  readonly maxWaiting: number;
  /** In the order in which they ask. */
  readonly asks: readonly Ask[];
  /** When nothing may go. */
  readonly pauses: readonly Spell[];
  /** When only what is urgent may go. */
  readonly heldBack: readonly Spell[];
}

/** How long after it was given up a call may still arrive. */
const stragglerMs = 2_000;

/** When a call that was sent at `sentAtMs` arrives at the upstream. Null if it never does. */
export function arrivalOf({ ending, outMs, backMs, lateMs }: Ask, sentAtMs: number): number | null {
  if (ending === 'unsent') return null;
  if (ending === 'answered' || ending === 'failed') return sentAtMs + outMs;
  return sentAtMs + outMs + backMs + lateMs;
}

/** For how long after its end the limit allows no other in its place. */
export function heldMs(ending: Ask['ending'], windowMs: number): number {
  if (ending === 'unsent') return 0;
  return ending === 'answered' || ending === 'failed' ? windowMs : windowMs + stragglerMs;
}

/** At the head of those for whom somebody waits. */
export const headOfLine: Ticket['place'] = { lane: 'interactive', behind: 0 };

/** An ask that is answered after a round trip of 250 ms, half of it each way, and waits for that as long as it takes. */
export function askAt(atMs: number, differing: Partial<Ask> = {}): Ask {
  return {
    atMs,
    outMs: 125,
    backMs: 125,
    ending: 'answered',
    lateMs: 0,
    patienceMs: Number.POSITIVE_INFINITY,
    place: headOfLine,
    leavesAfterMs: null,
    change: null,
    ...differing,
  };
}

/** Asks that each come so long after the one before. */
export function inOrder(asks: readonly (Partial<Ask> & { readonly gapMs: number })[]): Ask[] {
  let atMs = 0;
  return asks.map(({ gapMs, ...ask }) => {
    atMs += gapMs;
    return askAt(atMs, ask);
  });
}

const plain = { noNullPrototype: true };
const delayMs = fc.nat({ max: 3_000 });

const anyLane = fc.constantFrom('interactive', 'interactive', 'background');
const anyPlace: fc.Arbitrary<Ticket['place']> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('urgent' as const) },
  { weight: 7, arbitrary: fc.record({ lane: anyLane, behind: fc.nat({ max: 12 }) }, plain) },
);

const anyAsk = fc.record(
  {
    gapMs: fc.oneof(fc.constant(0), fc.nat({ max: 400 }), delayMs),
    outMs: delayMs,
    backMs: delayMs,
    ending: fc.constantFrom('answered', 'answered', 'answered', 'failed', 'unsent', 'unanswered', 'broken'),
    lateMs: fc.nat({ max: stragglerMs }),
    patienceMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat({ max: 15_000 })),
    place: anyPlace,
    leavesAfterMs: fc.option(fc.nat({ max: 6_000 }), { freq: 2 }),
    change: fc.option(fc.record({ afterMs: delayMs, place: anyPlace, laterMs: delayMs }, plain)),
  },
  plain,
);

const anySpells = fc.array(fc.record({ atMs: fc.nat({ max: 20_000 }), forMs: delayMs }, plain), {
  maxLength: 2,
});

/** Anything that can happen to a limit, with delays of up to 3 s each way. */
export const anySchedule: fc.Arbitrary<Schedule> = fc.record(
  {
    requests: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.integer({ min: 1, max: 2_000 }),
    maxWaiting: fc.nat({ max: 30 }),
    asks: fc.array(anyAsk, { minLength: 1, maxLength: 30, size: 'max' }).map(inOrder),
    pauses: anySpells,
    heldBack: anySpells,
  },
  plain,
);
