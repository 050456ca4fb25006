import { askAgainMs } from 'esim-usage-gateway/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const fetchedAtMs = Date.UTC(2026, 0, 1, 12);
const lifetimeMs = 20 * 60_000;

function reading(staleReason: 'REFRESHING' | 'THROTTLED' | 'TIMED_OUT' | 'UNAVAILABLE' | null = null) {
  const [fetchedAt, freshUntil] = [fetchedAtMs, fetchedAtMs + lifetimeMs].map((ms) =>
    new Date(ms).toISOString(),
  );
  return {
    __typename: 'EsimUsage',
    freshness: { fetchedAt: String(fetchedAt), freshUntil: String(freshUntil), staleReason },
  } as const;
}

describe('when to ask again', () => {
  it('is a second after a reading stops being fresh', () => {
    expect(askAgainMs(reading(), fetchedAtMs)).toBe(lifetimeMs + 1_000);
    expect(askAgainMs(reading(), fetchedAtMs + 15 * 60_000)).toBe(5 * 60_000 + 1_000);
  });

  it('is within half a minute while an old reading is shown', () => {
    const reasons = ['REFRESHING', 'THROTTLED', 'TIMED_OUT', 'UNAVAILABLE'] as const;
    const waits = reasons.map((reason) => askAgainMs(reading(reason), fetchedAtMs + 2 * lifetimeMs));
    expect(waits).toEqual([5_000, 15_000, 30_000, 30_000]);
  });

  it('is half a minute for a reason that is newer than this code', () => {
    expect(askAgainMs(reading(JSON.parse('"ADDED_LATER"')), fetchedAtMs)).toBe(30_000);
  });

  it('is when a problem says', () => {
    expect(askAgainMs({ __typename: 'EsimUsageProblem', retryAfterSeconds: 7 })).toBe(7_000);
  });

  it('is never where nothing changes', () => {
    expect(askAgainMs({ __typename: 'EsimUsageProblem', retryAfterSeconds: null })).toBeNull();
  });

  it('is half a minute where there is no result at all', () => {
    expect(askAgainMs(null)).toBe(30_000);
  });

  it('is between five seconds and a reading’s whole time, whatever this device takes the time to be', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (errorMs) => {
        const waitMs = askAgainMs(reading(), fetchedAtMs + errorMs);
        expect(waitMs).toBeGreaterThanOrEqual(5_000);
        expect(waitMs).toBeLessThanOrEqual(lifetimeMs + 1_000);
      }),
    );
  });
});
