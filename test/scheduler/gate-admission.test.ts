import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ask, askAt, type Passage, runTraffic } from '../support/gate-traffic.js';

/**
 * A gate, round trips that never vary, and calls with deadlines that come once it has measured them. Half milliseconds of
 * patience keep deadlines off the moments that answers come, which the measured round trip only approaches.
 */
const steadyTraffic = fc
  .record({
    requests: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.integer({ min: 100, max: 2_000 }),
    maxWaiting: fc.integer({ min: 0, max: 20 }),
    outMs: fc.integer({ min: 0, max: 3_000 }),
    backMs: fc.integer({ min: 0, max: 3_000 }),
    asks: fc.array(
      fc.record({
        gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
        patienceMs: fc.integer({ min: 0, max: 20_000 }),
      }),
      { minLength: 1, maxLength: 30 },
    ),
  })
  .map(({ asks, outMs, backMs, ...options }) => {
    const apartMs = outMs + backMs + options.windowMs;
    let atMs = measuringCalls * apartMs;
    const wanted = asks.map(({ gapMs, patienceMs }) => {
      atMs += gapMs;
      return askAt(atMs, { outMs, backMs, patienceMs: patienceMs + 0.5 });
    });
    return { options, delays: { outMs, backMs }, apartMs, wanted };
  });

/** So many that the measured round trip is the real one to a thousandth of a millisecond. */
const measuringCalls = 80;

type SteadyTraffic = typeof steadyTraffic extends fc.Arbitrary<infer Value> ? Value : never;

async function passagesOf(
  { options, delays, apartMs }: SteadyTraffic,
  wanted: readonly Ask[],
): Promise<Passage[]> {
  const measuring = Array.from({ length: measuringCalls }, (_, index) => askAt(index * apartMs, delays));
  const { passages } = await runTraffic(options, [...measuring, ...wanted]);
  return passages.slice(measuring.length);
}

/** What becomes of the last of these asks. */
async function lastPassageOf(traffic: SteadyTraffic, wanted: readonly Ask[]): Promise<Passage | undefined> {
  return (await passagesOf(traffic, wanted)).at(-1);
}

/** The first refusal in a traffic, with what had been asked up to then. Skips traffic without one. */
async function firstRefusal(
  traffic: SteadyTraffic,
): Promise<{ before: Ask[]; refused: Ask; retryAfterMs: number }> {
  const passages = await passagesOf(traffic, traffic.wanted);
  const index = passages.findIndex(({ outcome }) => outcome === 'refused');
  const refused = passages[index];
  fc.pre(refused !== undefined);
  return {
    before: traffic.wanted.slice(0, index),
    refused: refused.ask,
    retryAfterMs: refused.retryAfterMs ?? Number.NaN,
  };
}

describe('gate with steady round trips', { timeout: 60_000 }, () => {
  it('answers by its deadline whatever it let wait', async () => {
    await fc.assert(
      fc.asyncProperty(steadyTraffic, async (traffic) => {
        const passages = await passagesOf(traffic, traffic.wanted);
        const waited = passages.filter(({ ask, startedMs }) => startedMs !== null && startedMs > ask.atMs);
        expect(waited.filter(({ endedMs, deadlineMs }) => (endedMs ?? 0) > deadlineMs)).toEqual([]);
      }),
    );
  });

  it('refuses at once or never', async () => {
    await fc.assert(
      fc.asyncProperty(steadyTraffic, async (traffic) => {
        const passages = await passagesOf(traffic, traffic.wanted);
        const refused = passages.filter(({ outcome }) => outcome === 'refused');
        expect(refused.map(({ endedMs }) => endedMs)).toEqual(refused.map(({ ask }) => ask.atMs));
      }),
    );
  });

  it('refuses nothing that would have been answered in time', async () => {
    await fc.assert(
      fc.asyncProperty(steadyTraffic, async (anyRoom) => {
        const traffic = { ...anyRoom, options: { ...anyRoom.options, maxWaiting: 1_000 } };
        const { before, refused } = await firstRefusal(traffic);
        const patient = { ...refused, patienceMs: Number.POSITIVE_INFINITY };
        const passage = await lastPassageOf(traffic, [...before, patient]);
        expect(passage).toMatchObject({ outcome: 'answered' });
        expect(passage?.endedMs).toBeGreaterThan(refused.atMs + refused.patienceMs);
      }),
    );
  });

  it('lets in whoever was refused and asks again when it was told to, if nobody else has come', async () => {
    await fc.assert(
      fc.asyncProperty(steadyTraffic, async (traffic) => {
        const { before, refused, retryAfterMs } = await firstRefusal(traffic);
        const again = { ...refused, atMs: refused.atMs + Math.ceil(retryAfterMs) };
        expect(await lastPassageOf(traffic, [...before, refused, again])).toMatchObject({
          outcome: 'answered',
        });
      }),
      { numRuns: 200 },
    );
  });

  it('says to come back after the time by which an answer would have been too late', async () => {
    await fc.assert(
      fc.asyncProperty(steadyTraffic, async (anyRoom) => {
        const traffic = { ...anyRoom, options: { ...anyRoom.options, maxWaiting: 1_000 } };
        const { before, refused, retryAfterMs } = await firstRefusal(traffic);
        const patient = { ...refused, patienceMs: Number.POSITIVE_INFINITY };
        const passage = await lastPassageOf(traffic, [...before, patient]);
        const missedByMs = (passage?.endedMs ?? 0) - (refused.atMs + refused.patienceMs);
        expect(retryAfterMs).toBeCloseTo(missedByMs, 2);
      }),
    );
  });
});
