import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoundTrip, type RoundTrip } from '../../src/scheduler/round-trip.js';

const tookMs = fc.integer({ min: 0, max: 10_000 });

function measuring(calls: readonly number[]): RoundTrip {
  const roundTrip = createRoundTrip();
  for (const call of calls) roundTrip.measured(call);
  return roundTrip;
}

describe('round trip', () => {
  it('is taken for 250 ms, and no longer, before a call has been measured', () => {
    const roundTrip = createRoundTrip();
    expect([roundTrip.meanMs(), roundTrip.mostMs()]).toEqual([250, 250]);
  });

  it('is what the first call took, and at the most twice that', () => {
    const roundTrip = measuring([400]);
    expect([roundTrip.meanMs(), roundTrip.mostMs()]).toEqual([400, 800]);
  });

  it('follows the mean by an eighth of each difference, and the deviation by a quarter', () => {
    const roundTrip = measuring([400, 800]);
    expect(roundTrip.meanMs()).toBe(400 + 400 / 8);
    expect(roundTrip.mostMs()).toBe(450 + 2 * (200 + (400 - 200) / 4));
  });

  it('is known exactly when calls always take the same', () => {
    fc.assert(
      fc.property(tookMs, (steadyMs) => {
        const roundTrip = measuring(Array.from({ length: 200 }, () => steadyMs));
        expect(roundTrip.meanMs()).toBeCloseTo(steadyMs, 3);
        expect(roundTrip.mostMs()).toBeCloseTo(steadyMs, 3);
      }),
    );
  });

  it('lies between the shortest and the longest call, and the most is never below the mean', () => {
    fc.assert(
      fc.property(fc.array(tookMs, { minLength: 1 }), (calls) => {
        const roundTrip = measuring(calls);
        // A spell of slow calls has to last to be believed.
        expect(roundTrip.meanMs()).toBeGreaterThanOrEqual(Math.min(1_000, ...calls) - 1e-6);
        expect(roundTrip.meanMs()).toBeLessThanOrEqual(Math.max(...calls) + 1e-6);
        expect(roundTrip.mostMs()).toBeGreaterThanOrEqual(roundTrip.meanMs());
      }),
    );
  });

  it.each([
    { calls: [], meanMs: 1_000, mostMs: 2_000 },
    { calls: [150], meanMs: 150 + 850 / 8, mostMs: 150 + 850 / 8 + 2 * (75 + (850 - 75) / 4) },
    { calls: [900], meanMs: 900 + 900 / 8, mostMs: 900 + 900 / 8 + 2 * (450 + (900 - 450) / 4) },
  ])('takes one call that hung for a slow one, after $calls', ({ calls, meanMs, mostMs }) => {
    const roundTrip = measuring([...calls, 10_000]);
    expect(roundTrip.meanMs()).toBe(meanMs);
    expect(roundTrip.mostMs()).toBe(mostMs);
  });

  it('forgets a spell of slow calls within 40', () => {
    const roundTrip = measuring([
      ...Array.from({ length: 100 }, () => 9_000),
      ...Array.from({ length: 40 }, () => 250),
    ]);
    expect(roundTrip.mostMs()).toBeLessThan(500);
  });
});
