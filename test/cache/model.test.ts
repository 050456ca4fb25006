import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  NotFoundError,
  ThrottledError,
  TimedOutError,
  TooManyRequestsError,
  UpstreamError,
} from '../../src/errors.js';
import type { UsageReading } from '../../src/usage.js';
import type { BendableSource } from '../support/bendable-source.js';
import { type Bend, createCacheModel, type Outcome } from '../support/cache-model.js';
import { createCacheRig, minuteMs, notFoundMs, softWaitMs, staleMs } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';

const delivery = 'answered';
const outcomes: readonly Outcome[] = [
  { name: 'reading', error: null, forMs: () => 20 * minuteMs, code: null },
  { name: 'recycled', error: null, forMs: () => 1_440 * minuteMs, code: null },
  {
    name: 'failing',
    error: new UpstreamError('failing', '502', { delivery }),
    // With a jitter of 0.5, an eighth less.
    forMs: (inARow) => Math.min(30_000, 1_000 * 2 ** (inARow - 1)) * 0.875,
    code: 'UNAVAILABLE',
  },
  {
    name: 'failing for a while',
    error: new UpstreamError('failing', '503', { delivery, retryAfterMs: 7_000 }),
    forMs: () => 7_000,
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
  { name: '429', error: new TooManyRequestsError('iccid', 7_000), forMs: () => 0, code: 'THROTTLED' },
  { name: 'no room', error: new ThrottledError(7_000), forMs: () => 0, code: 'THROTTLED' },
  { name: 'too late', error: new TimedOutError(1_000), forMs: () => 0, code: 'TIMED_OUT' },
  { name: 'bug', error: new TypeError('a bug of ours'), forMs: () => 0, code: null },
];

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
  { weight: 3, arbitrary: fc.record({ boundary: fc.nat({ max: 15 }), offMs: fc.constantFrom(-1, 0, 1) }) },
);
type Wait = typeof wait extends fc.Arbitrary<infer Value> ? Value : never;

const bend = fc.record({
  outcome: fc.oneof(fc.constant(outcomes[0] ?? never()), fc.constantFrom(...outcomes)),
  turnMs: fc.oneof(fc.constant(0), fc.constantFrom(100, 200, 300, 5_000, 8_000, 12_000)),
  answerMs: fc.oneof(fc.constant(0), fc.constantFrom(100, 199, 200, 299, 300, 301, 7_999, 8_000, 9_500)),
});

const step = fc.record({
  wait,
  index: fc.nat({ max: 1 }),
  bend,
  // Less than the soft wait, and more.
  patienceMs: fc.oneof(fc.constant(8_000), fc.constant(200)),
});

function lengthMs(waiting: Wait, boundariesMs: readonly number[], nowMs: number): number {
  if ('forMs' in waiting) return waiting.forMs;
  const ahead = boundariesMs.map((atMs) => atMs + waiting.offMs - nowMs).filter((ms) => ms >= 0);
  return ahead[waiting.boundary % ahead.length] ?? 0;
}

function apply({ outcome, turnMs, answerMs }: Bend, source: BendableSource): void {
  source.take(turnMs, answerMs);
  if (outcome.error === null) source.bring({}, outcome.forMs(1));
  else source.fail(outcome.error);
}

it('serves, fetches, refreshes and remembers exactly as its contract says, to the millisecond', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.nat({ max: 2 }),
      async (steps, maxHot) => {
        let bent: Bend = { outcome: outcomes[0] ?? never(), turnMs: 0, answerMs: 0 };
        const { clock, source, cache, caller } = createCacheRig({ random: () => 0.5, maxHot });
        const model = createCacheModel({ staleMs, softWaitMs, maxHot, aheadMs: 1_500, bend: () => bent });
        for (const { wait: waiting, index, bend: next, patienceMs } of steps) {
          const untilMs = clock.now() + lengthMs(waiting, model.boundariesMs(), clock.now());
          model.advance(untilMs);
          await clock.advance(untilMs - clock.now());
          bent = next;
          apply(bent, source);

          const nowMs = clock.now();
          const told = cache
            .read(iccidNumber(index), caller({ deadlineMs: nowMs + patienceMs }))
            .then(wordsOf, wordsOfError)
            .then((words) => ({ words, atMs: clock.now() }));
          const expected = model.read(index, nowMs, patienceMs);
          model.advance(expected.atMs);
          await clock.advance(expected.atMs - nowMs);
          expect(await told).toEqual(expected);
          expect(source.calls).toEqual(model.calls.map(iccidNumber));
        }
        cache.close();
        // As long as the longest call takes.
        await clock.advance(22_000);
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

function never(): never {
  throw new TypeError('there is always one');
}
