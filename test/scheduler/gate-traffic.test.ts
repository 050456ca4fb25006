import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalsOf, type Passage, runTraffic } from '../support/gate-traffic.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { anySchedule, askAt, headOfLine } from '../support/schedules.js';

/** Without what lets a slot be free and yet not for everybody. */
const plainSchedule = anySchedule.map((schedule) => ({
  ...schedule,
  pauses: [],
  heldBack: [],
  asks: schedule.asks.map((ask) => ({ ...ask, place: headOfLine, change: null })),
}));

/** Until when a call could have been sent, if there had been room. */
function waitedUntilMs({ startedMs, leftMs, endedMs, deadlineMs }: Passage): number {
  const never = Number.POSITIVE_INFINITY;
  return Math.min(startedMs ?? never, leftMs ?? never, endedMs ?? never, deadlineMs);
}

function isWaiting(passage: Passage, atMs: number): boolean {
  return passage.ask.atMs <= atMs && atMs < waitedUntilMs(passage);
}

function heldSlots(passages: readonly Passage[], atMs: number): number {
  return passages.filter(
    ({ startedMs, freedMs }) => startedMs !== null && startedMs <= atMs && atMs < (freedMs ?? 0),
  ).length;
}

describe('gate under any traffic', { timeout: 60_000 }, () => {
  it('never has more calls arrive than the limit in any window, however late or early each is', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const arrivals = arrivalsOf(await runTraffic(schedule));
        expect(mostInAnyWindow(arrivals, schedule.windowMs)).toBeLessThanOrEqual(schedule.requests);
      }),
      { numRuns: 1_000 },
    );
  });

  it('settles every call and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const traffic = await runTraffic(schedule);
        expect(traffic.passages.filter(({ outcome }) => outcome === null)).toEqual([]);
        expect(traffic).toMatchObject({ listenersLeft: 0, timersLeft: 0, isIdle: true });
      }),
      { numRuns: 100 },
    );
  });

  it('never keeps a call waiting while a slot is free', async () => {
    await fc.assert(
      fc.asyncProperty(plainSchedule, async (schedule) => {
        const { passages } = await runTraffic(schedule);
        const moments = passages.flatMap(({ ask, freedMs }) => [ask.atMs, freedMs ?? ask.atMs]);
        const idling = moments.filter(
          (atMs) =>
            heldSlots(passages, atMs) < schedule.requests &&
            passages.some((passage) => isWaiting(passage, atMs)),
        );
        expect(idling).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('never sends a call whose deadline has passed or that has left', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const { passages } = await runTraffic(schedule);
        const sent = passages.filter(({ startedMs }) => startedMs !== null);
        expect(sent.filter(({ startedMs, deadlineMs }) => (startedMs ?? 0) >= deadlineMs)).toEqual([]);
        expect(sent.filter(({ startedAfterLeaving }) => startedAfterLeaving)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('lets a waiting call go the moment it leaves', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const { passages } = await runTraffic(schedule);
        const left = passages.filter(({ outcome }) => outcome === 'abandoned');
        expect(left.map(({ endedMs }) => endedMs)).toEqual(left.map(({ leftMs }) => leftMs));
      }),
      { numRuns: 100 },
    );
  });

  it('never keeps more calls waiting than it may, the urgent not counted', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const { passages } = await runTraffic({
          ...schedule,
          asks: schedule.asks.map((ask) => ({ ...ask, change: null })),
        });
        const counted = passages.filter(({ ask }) => ask.place !== 'urgent');
        const waiting = passages.map(
          ({ ask }) => counted.filter((passage) => isWaiting(passage, ask.atMs)).length,
        );
        expect(Math.max(...waiting)).toBeLessThanOrEqual(schedule.maxWaiting);
      }),
      { numRuns: 100 },
    );
  });

  it('sends in any longer time what slots can send that are never left free', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, fc.nat({ max: 3_000 }), async ({ requests, windowMs }, roundTripMs) => {
        const cycleMs = windowMs + roundTripMs;
        const cycles = 100;
        const asks = Array.from({ length: requests * (cycles + 2) }, () =>
          askAt(0, { outMs: 0, backMs: roundTripMs }),
        );
        const limit = { requests, windowMs, maxWaiting: asks.length, pauses: [], heldBack: [] };
        const arrivals = arrivalsOf(await runTraffic({ ...limit, asks }));
        const inTime = arrivals.filter((ms) => 0 < ms && ms <= cycles * cycleMs);
        expect(inTime.length / (cycles * cycleMs)).toBeGreaterThanOrEqual((0.99 * requests) / cycleMs);
      }),
      { numRuns: 20 },
    );
  });
});
