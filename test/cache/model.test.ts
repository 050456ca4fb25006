import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  NotFoundError,
  ThrottledError,
  TimedOutError,
  UpstreamError,
  type UsageError,
} from '../../src/errors.js';
import type { UsageReading } from '../../src/usage.js';
import type { BendableSource } from '../support/bendable-source.js';
import { createCacheRig, minuteMs, notFoundMs, staleMs } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';

/** What the upstream can come to, in words of the contract: for how long that counts, and what a client is told. */
interface Outcome {
  readonly name: string;
  readonly error: UsageError | TypeError | null;
  /** How long the reading is fresh, or the `inARow`-th failure remembered. */
  readonly forMs: (inARow: number) => number;
  /** What a client is told of a failure. Null for a bug. */
  readonly code: 'NOT_FOUND' | 'THROTTLED' | 'TIMED_OUT' | 'UNAVAILABLE' | null;
}

const delivery = 'answered';
const outcomes: readonly Outcome[] = [
  { name: 'reading', error: null, forMs: () => 20 * minuteMs, code: null },
  { name: 'recycled', error: null, forMs: () => 1_440 * minuteMs, code: null },
  {
    name: 'failing',
    error: new UpstreamError('failing', '503', { delivery }),
    // With a jitter of 0.5, an eighth less.
    forMs: (inARow) => Math.min(30_000, 1_000 * 2 ** (inARow - 1)) * 0.875,
    code: 'UNAVAILABLE',
  },
  {
    name: 'garbled',
    error: new UpstreamError('garbled', 'not JSON', { delivery }),
    forMs: () => 30_000,
    code: 'UNAVAILABLE',
  },
  {
    name: 'unanswered',
    error: new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }),
    forMs: () => 0,
    code: 'UNAVAILABLE',
  },
  { name: 'not found', error: new NotFoundError(), forMs: () => notFoundMs, code: 'NOT_FOUND' },
  { name: '429', error: new ThrottledError('upstream', 7_000), forMs: () => 7_000, code: 'THROTTLED' },
  { name: 'no room', error: new ThrottledError('gateway', 7_000), forMs: () => 0, code: 'THROTTLED' },
  { name: 'too late', error: new TimedOutError(1_000), forMs: () => 0, code: 'TIMED_OUT' },
  { name: 'bug', error: new TypeError('a bug of ours'), forMs: () => 0, code: null },
];

/** One ICCID, as the contract has it. */
interface Known {
  reading: { readonly fetchedAtMs: number; readonly freshUntilMs: number } | null;
  failure: { readonly outcome: Outcome; readonly untilMs: number } | null;
  inARow: number;
}

/** The whole contract of the cache, for one caller at a time. */
function createModel() {
  const known = new Map<number, Known>();
  let calls = 0;

  const of = (index: number): Known => known.get(index) ?? { reading: null, failure: null, inARow: 0 };

  function fetch(index: number, outcome: Outcome, nowMs: number): string {
    calls += 1;
    const { reading, inARow } = of(index);
    const forMs = outcome.forMs(inARow + 1);
    if (outcome.error === null) {
      const fetched = { fetchedAtMs: nowMs, freshUntilMs: nowMs + forMs };
      known.set(index, { reading: fetched, failure: null, inARow: 0 });
      return `reading of ${nowMs}`;
    }
    if (forMs > 0)
      known.set(index, {
        reading: outcome.code === 'NOT_FOUND' ? null : reading,
        failure: { outcome, untilMs: nowMs + forMs },
        inARow: inARow + 1,
      });
    return fail(index, outcome, nowMs, forMs > 0 ? forMs : null);
  }

  function fail(index: number, { code, error }: Outcome, nowMs: number, againMs: number | null): string {
    const { reading } = of(index);
    if (code === null) return 'bug';
    if (code !== 'NOT_FOUND' && reading !== null && nowMs < reading.fetchedAtMs + staleMs)
      return `reading of ${reading.fetchedAtMs}, stale because ${code}`;
    const saidMs = error !== null && 'retryAfterMs' in error ? error.retryAfterMs : null;
    return `${code}, again in ${againMs ?? saidMs}`;
  }

  return {
    calls: () => calls,
    read(index: number, outcome: Outcome, nowMs: number): string {
      const { reading, failure } = of(index);
      if (reading !== null && nowMs < reading.freshUntilMs) return `reading of ${reading.fetchedAtMs}`;
      if (failure !== null && nowMs < failure.untilMs)
        return fail(index, failure.outcome, nowMs, failure.untilMs - nowMs);
      return fetch(index, outcome, nowMs);
    },
    /** Every moment at which something known will change by itself. */
    boundariesMs: (): number[] =>
      [...known.values()].flatMap(({ reading, failure }) => [
        ...(reading === null ? [] : [reading.freshUntilMs, reading.fetchedAtMs + staleMs]),
        ...(failure === null ? [] : [failure.untilMs]),
      ]),
  };
}

function wordsOf(reading: UsageReading): string {
  const words = `reading of ${reading.fetchedAtMs}`;
  return reading.staleReason === null ? words : `${words}, stale because ${reading.staleReason}`;
}

function wordsOfError(error: unknown): string {
  if (error instanceof TypeError) return 'bug';
  if (error instanceof Error && 'code' in error && 'retryAfterMs' in error)
    return `${error.code}, again in ${error.retryAfterMs}`;
  return `unknown: ${error}`;
}

/** How long to wait: so long, or until something changes by itself, to the millisecond around that. */
const wait = fc.oneof(
  fc.constant({ forMs: 0 }),
  fc.record({ forMs: fc.integer({ min: 0, max: 40_000 }) }),
  fc.record({ forMs: fc.integer({ min: 0, max: 1_500 * minuteMs }) }),
  fc.record({ boundary: fc.nat({ max: 9 }), offMs: fc.constantFrom(-1, 0, 1) }),
);
type Wait = typeof wait extends fc.Arbitrary<infer Value> ? Value : never;

const step = fc.record({
  wait,
  index: fc.nat({ max: 1 }),
  outcome: fc.constantFrom(...outcomes),
});

function lengthMs(waiting: Wait, boundariesMs: readonly number[], nowMs: number): number {
  if ('forMs' in waiting) return waiting.forMs;
  const ahead = boundariesMs.map((atMs) => atMs + waiting.offMs - nowMs).filter((ms) => ms >= 0);
  return ahead[waiting.boundary % ahead.length] ?? 0;
}

function bend(source: BendableSource, { error, forMs }: Outcome, nowMs: number): void {
  if (error === null) source.bring({ freshUntilMs: nowMs + forMs(1) });
  else source.fail(error);
}

it('serves, fetches and remembers exactly as its contract says, to the millisecond', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const { clock, source, cache, caller } = createCacheRig({ random: () => 0.5 });
      const model = createModel();
      for (const each of steps) {
        await clock.advance(lengthMs(each.wait, model.boundariesMs(), clock.now()));
        bend(source, each.outcome, clock.now());
        const served = await cache.read(iccidNumber(each.index), caller()).then(wordsOf, wordsOfError);
        expect(served).toBe(model.read(each.index, each.outcome, clock.now()));
        expect(source.calls).toHaveLength(model.calls());
      }
    }),
    { numRuns: 500 },
  );
});
