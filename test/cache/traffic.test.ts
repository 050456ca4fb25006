import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NotFoundError, ThrottledError, UpstreamError, type UsageError } from '../../src/errors.js';
import type { Iccid } from '../../src/iccid.js';
import type { UsageReading } from '../../src/usage.js';
import { createCacheRig } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';

/** Short enough that readings end, are renewed and become too old within one run. */
const short = { staleMs: 3_000, softWaitMs: 300, notFoundMs: 1_500, freshMs: 500, patienceMs: 4_000 };

const outcomes: readonly (UsageError | TypeError | null)[] = [
  null,
  null,
  null,
  new UpstreamError('failing', 'answered 502', { delivery: 'answered' }),
  new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }),
  new ThrottledError(700),
  new NotFoundError(),
  new TypeError('a bug of ours'),
];

const asks = fc.array(
  fc.record({
    gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
    index: fc.integer({ min: 0, max: 4 }),
    /** For what is fetched from then on. */
    turnMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000 })),
    answerMs: fc.integer({ min: 0, max: 3_000 }),
    outcome: fc.constantFrom(...outcomes),
    leavesAfterMs: fc.oneof(fc.constant(60_000), fc.integer({ min: 0, max: 1_000 })),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Told {
  readonly asked: Iccid;
  readonly cameMs: number;
  readonly atMs: number;
  readonly reading: UsageReading | null;
}

/** What is wrong with an answer, whatever happened before. */
function faultsOf({ asked, cameMs, atMs, reading }: Told): string[] {
  const faults = [];
  if (atMs > cameMs + short.patienceMs) faults.push('too late');
  if (reading === null) return faults;
  const { iccid, statusCode, fetchedAtMs, freshUntilMs, staleReason } = reading;
  if (iccid !== asked || statusCode !== `read of ${asked}`) faults.push('of another eSIM');
  if (staleReason === null && atMs >= freshUntilMs) faults.push('old, and does not say so');
  if (staleReason !== null && atMs < freshUntilMs) faults.push('fresh, and said to be old');
  if (staleReason !== null && atMs - fetchedAtMs >= short.staleMs) faults.push('too old');
  if (staleReason !== null && atMs > cameMs + short.softWaitMs && staleReason === 'REFRESHING')
    faults.push('old, and kept waiting for that');
  return faults;
}

it('tells whoever asks, however many at once, of the eSIM that it asked for, in time, fresh or why not', async () => {
  await fc.assert(
    fc.asyncProperty(
      asks,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 3 }),
      async (all, maxEntries, maxHot) => {
        const { clock, source, cache, caller } = createCacheRig({ ...short, maxEntries, maxHot });
        const told: Told[] = [];
        for (const { gapMs, index, turnMs, answerMs, outcome, leavesAfterMs } of all) {
          await clock.advance(gapMs);
          source.take(turnMs, answerMs);
          if (outcome === null) source.bring((iccid) => ({ statusCode: `read of ${iccid}` }), short.freshMs);
          else source.fail(outcome);
          const asked = iccidNumber(index);
          const cameMs = clock.now();
          const leaving = new AbortController();
          clock.after(leavesAfterMs, () => leaving.abort());
          const tell = (reading: UsageReading | null): void =>
            void told.push({ asked, cameMs, atMs: clock.now(), reading });
          cache
            .read(asked, caller({ deadlineMs: cameMs + short.patienceMs, signal: leaving.signal }))
            .then(tell, () => tell(null));
        }
        await clock.advance(60_000);
        expect(told.flatMap(faultsOf)).toEqual([]);
        expect(told).toHaveLength(all.length);
        cache.close();
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
}, 60_000);
