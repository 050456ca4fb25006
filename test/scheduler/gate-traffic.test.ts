import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ask,
  arrivalsOf,
  askAt,
  type Passage,
  runTraffic,
  stragglerMs,
} from '../support/gate-traffic.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';

const limit = fc.record({
  requests: fc.integer({ min: 1, max: 5 }),
  windowMs: fc.integer({ min: 100, max: 2_000 }),
  maxWaiting: fc.integer({ min: 0, max: 30 }),
});
const delayMs = fc.integer({ min: 0, max: 3_000 });

const anyAsk = fc.record({
  gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 }), delayMs),
  outMs: delayMs,
  backMs: delayMs,
  ending: fc.constantFrom('answered', 'answered', 'answered', 'failed', 'unsent', 'unanswered', 'broken'),
  lateMs: fc.integer({ min: 0, max: stragglerMs }),
  patienceMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 12_000 })),
  leavesAfterMs: fc.option(fc.integer({ min: 0, max: 6_000 }), { freq: 2 }),
  urgent: fc.boolean(),
});

/** Calls of every kind, in the order in which they ask. */
const anyTraffic = fc.array(anyAsk, { minLength: 1, maxLength: 40 }).map((asks) => {
  let atMs = 0;
  return asks.map(({ gapMs, ...ask }): Ask => {
    atMs += gapMs;
    return { ...ask, atMs };
  });
});

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

/** Whether `later` overtook `earlier`, which had asked before it and was waiting still. */
function overtook(later: Passage, earlier: Passage): boolean {
  return later.startedMs !== null && isWaiting(earlier, later.startedMs);
}

describe('gate under any traffic', { timeout: 60_000 }, () => {
  it('never has more calls arrive than the limit in any window, however late or early each is', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const arrivals = arrivalsOf(await runTraffic(options, asks));
        expect(mostInAnyWindow(arrivals, options.windowMs)).toBeLessThanOrEqual(options.requests);
      }),
      { numRuns: 5_000 },
    );
  });

  it('settles every call and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const traffic = await runTraffic(options, asks);
        expect(traffic.passages.filter(({ outcome }) => outcome === null)).toEqual([]);
        expect(traffic).toMatchObject({ listenersLeft: 0, timersLeft: 0, isIdle: true });
      }),
      { numRuns: 200 },
    );
  });

  it('never keeps a call waiting while a slot is free', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const { passages } = await runTraffic(options, asks);
        const moments = passages.flatMap(({ ask, freedMs }) => [ask.atMs, freedMs ?? ask.atMs]);
        const idling = moments.filter(
          (atMs) =>
            heldSlots(passages, atMs) < options.requests &&
            passages.some((passage) => isWaiting(passage, atMs)),
        );
        expect(idling).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('never sends a call whose deadline has passed or that has left', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const { passages } = await runTraffic(options, asks);
        const sent = passages.filter(({ startedMs }) => startedMs !== null);
        expect(sent.filter(({ startedMs, deadlineMs }) => (startedMs ?? 0) >= deadlineMs)).toEqual([]);
        expect(sent.filter(({ startedAfterLeaving }) => startedAfterLeaving)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('lets a waiting call go the moment it leaves', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const { passages } = await runTraffic(options, asks);
        const left = passages.filter(({ outcome }) => outcome === 'abandoned');
        expect(left.map(({ endedMs }) => endedMs)).toEqual(left.map(({ leftMs }) => leftMs));
      }),
      { numRuns: 200 },
    );
  });

  it('sends the urgent first, and otherwise whoever asked first', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const { passages } = await runTraffic(options, asks);
        const wronged = passages.filter((earlier, index) => {
          const behind = passages.slice(index + 1);
          const ordinary = passages.filter(({ ask, startedMs }) => {
            const sinceMs = startedMs ?? 0;
            return !ask.urgent && earlier.ask.atMs < sinceMs;
          });
          return (
            behind.some((later) => later.ask.urgent === earlier.ask.urgent && overtook(later, earlier)) ||
            (earlier.ask.urgent && ordinary.some((other) => overtook(other, earlier)))
          );
        });
        expect(wronged).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('never keeps more calls waiting than it may, the urgent not counted', async () => {
    await fc.assert(
      fc.asyncProperty(limit, anyTraffic, async (options, asks) => {
        const { passages } = await runTraffic(options, asks);
        const waiting = asks.map(
          ({ atMs }) => passages.filter((passage) => !passage.ask.urgent && isWaiting(passage, atMs)).length,
        );
        expect(Math.max(...waiting)).toBeLessThanOrEqual(options.maxWaiting);
      }),
      { numRuns: 200 },
    );
  });

  it('comes within a tenth of the best that slots can do when there is always more to send', async () => {
    await fc.assert(
      fc.asyncProperty(limit, delayMs, delayMs, async ({ requests, windowMs }, outMs, backMs) => {
        const cycleMs = windowMs + outMs + backMs;
        const asks = Array.from({ length: requests * 60 }, () => askAt(0, { outMs, backMs }));
        const traffic = await runTraffic({ requests, windowMs, maxWaiting: asks.length }, asks);
        const horizonMs = 50 * cycleMs;
        const inTime = arrivalsOf(traffic).filter((ms) => ms < horizonMs);
        expect(inTime.length).toBeGreaterThanOrEqual((0.9 * requests * horizonMs) / cycleMs);
      }),
      { numRuns: 10 },
    );
  });
});
