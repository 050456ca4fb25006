import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Passed, playSchedule, steadyRoundTrip } from '../support/play-schedule.js';
import { type Ask, anySchedule, askAt, type Schedule } from '../support/schedules.js';

const roundTripMs = 250;

/** What becomes of these asks at a limit of five a second, unless said otherwise, if all calls take 250 ms. */
function play(asks: readonly Ask[], differing: Partial<Schedule> = {}): readonly Passed[] {
  const limit = { requests: 5, windowMs: 1_000, maxWaiting: 1_000, pauses: [], heldBack: [] };
  const { faults, passed } = playSchedule({ ...limit, ...differing, asks }, steadyRoundTrip(roundTripMs));
  expect(faults).toEqual([]);
  return passed;
}

/** When each went, or `refused <moment>, <when to come back>`. */
function told(passed: readonly Passed[]): (number | string | null)[] {
  return passed.map(({ wentMs, refusedMs, retryAfterMs }) =>
    refusedMs === null ? wentMs : `refused ${refusedMs}, ${retryAfterMs}`,
  );
}

const wentMsOf = (passed: readonly Passed[]): number[] => passed.map(({ wentMs }) => wentMs ?? Number.NaN);

/** An operation that wants so many readings. */
function operation(readings: number, atMs: number, differing: Partial<Ask> = {}): Ask[] {
  return Array.from({ length: readings }, (_, behind) =>
    askAt(atMs, { place: { lane: 'interactive', behind }, ...differing }),
  );
}

const background = { lane: 'background', behind: 0 } as const;

describe('line', () => {
  it('keeps the limit and its word, whatever comes, changes, leaves, pauses and holds back', () => {
    fc.assert(
      fc.property(anySchedule, (schedule) => {
        expect(playSchedule(schedule).faults).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses at once who cannot make it, and tells when to come back', () => {
    const patience = (patienceMs: number): Partial<Ask> => ({ patienceMs });
    const asks = [askAt(0), askAt(100, patience(1_400)), askAt(100, patience(1_399))];
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 1_250, 'refused 100, 1251']);
  });

  it('tells who comes back to a line in which others have moved ahead meanwhile when these will have gone', () => {
    const asks = [askAt(0), askAt(0, { patienceMs: 752 }), askAt(0), askAt(0)];
    // At 748 it would be next but two, and again behind both.
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 'refused 0, 3248', 1_250, 2_500]);
  });

  it('refuses who waits as soon as fairer ones have pushed it behind its deadline', () => {
    const asks = [...operation(3, 0, { patienceMs: 3_000 }), askAt(10)];
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 1_250, 'refused 10, 990', 2_500]);
  });

  it('lets wait who can make its deadline because somebody has left', () => {
    const asks = [askAt(0), askAt(0, { leavesAfterMs: 100 }), askAt(100, { patienceMs: 1_400 })];
    expect(told(play(asks, { requests: 1 }))).toEqual([0, null, 1_250]);
    const full = [askAt(0), askAt(0, { leavesAfterMs: 100 }), askAt(99), askAt(100)];
    expect(told(play(full, { requests: 1, maxWaiting: 1 }))).toEqual([0, null, 'refused 99, 1151', 1_250]);
  });

  it('lets a full line push out the last, and tells it when the first will have gone', () => {
    const asks = [...operation(3, 0), askAt(10)];
    expect(told(play(asks, { requests: 1, maxWaiting: 2 }))).toEqual([0, 1_250, 'refused 10, 1240', 2_500]);
  });

  it('lets out nobody before a pause is over, the urgent included, and then as many as it may', () => {
    const asks = [askAt(100, { place: 'urgent' }), askAt(100), askAt(100), askAt(100, { patienceMs: 2_000 })];
    const paused = { requests: 2, pauses: [{ atMs: 50, forMs: 3_000 }] };
    expect(told(play(asks, paused))).toEqual([3_050, 3_050, 4_300, 'refused 100, 2450']);
  });

  it('counts one more round trip for those that are held back', () => {
    const asks = [
      askAt(100, { patienceMs: 500 }),
      askAt(100, { patienceMs: 499 }),
      askAt(100, { place: 'urgent', patienceMs: 250 }),
    ];
    const heldBack = [{ atMs: 50, forMs: 300 }];
    expect(told(play(asks, { heldBack }))).toEqual([350, 'refused 100, 1', 100]);
  });

  it('expects those that are held back to go one round trip after the urgent one did', () => {
    const asks = [
      askAt(60),
      askAt(100, { place: 'urgent' }),
      askAt(200, { patienceMs: 400 }),
      askAt(200, { patienceMs: 399 }),
    ];
    const heldBack = [{ atMs: 50, forMs: 300 }];
    expect(told(play(asks, { heldBack }))).toEqual([350, 100, 350, 'refused 200, 1']);
  });

  it('expects those that are held back for nobody here to go one round trip after that was seen', () => {
    const asks = [askAt(60), askAt(200, { patienceMs: 360 }), askAt(200, { patienceMs: 359 })];
    const heldBack = [{ atMs: 50, forMs: 260 }];
    expect(told(play(asks, { heldBack }))).toEqual([310, 310, 'refused 200, 1']);
  });

  it('counts anew each time that it holds back', () => {
    const asks = [askAt(60), askAt(1_100, { patienceMs: 500 }), askAt(1_100, { patienceMs: 499 })];
    const heldBack = [
      { atMs: 50, forMs: 50 },
      { atMs: 1_000, forMs: 350 },
    ];
    expect(told(play(asks, { heldBack }))).toEqual([100, 1_350, 'refused 1100, 1']);
  });

  it('tells who finds a full line held back when the first will have gone', () => {
    const heldBack = [{ atMs: 50, forMs: 300 }];
    const asks = [askAt(100), askAt(100)];
    expect(told(play(asks, { heldBack, maxWaiting: 1 }))).toEqual([350, 'refused 100, 250']);
  });

  it('goes on when what calls take grows', () => {
    const asks = Array.from({ length: 30 }, (_, index) =>
      askAt(index * 2_000, { backMs: 9_000, patienceMs: 8_000 }),
    );
    const { faults, passed } = playSchedule({
      requests: 1,
      windowMs: 1_000,
      maxWaiting: 10,
      asks,
      pauses: [],
      heldBack: [],
    });
    expect(faults).toEqual([]);
    expect(passed.filter(({ wentMs }) => wentMs !== null)).toHaveLength(7);
  });
});

describe('line of operations', () => {
  it('lets 20 small ones go before the second of 100 readings that were asked for at the same time', () => {
    const passed = play([...operation(100, 0), ...Array.from({ length: 20 }, () => askAt(0))]);
    const [first, second, ...others] = wentMsOf(passed);
    expect([first, second, others.at(97)]).toEqual([0, 5_000, 28_750]);
    expect(wentMsOf(passed.slice(100))).toEqual([
      ...[0, 0, 0, 0],
      ...[1_250, 2_500, 3_750].flatMap((atMs) => Array.from({ length: 5 }, () => atMs)),
      5_000,
    ]);
  });

  it('lets any number of small ones that come after a large one go after one more of its readings at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 5_000 }), (small, atMs) => {
        const passed = play([...operation(100, 0), ...Array.from({ length: small }, () => askAt(atMs))]);
        const large = wentMsOf(passed.slice(0, 100));
        const ahead = Math.max(...wentMsOf(passed.slice(100)));
        const isBetween = (wentMs: number): boolean => atMs < wentMs && wentMs < ahead;
        // The slots of the round in which the small ones came, and one reading in its own turn.
        expect(large.filter(isBetween).length).toBeLessThanOrEqual(5 + 1);
        expect(large.at(-1)).toBeGreaterThan(ahead);
      }),
      { numRuns: 50 },
    );
  });

  it('gives each of several large ones as many turns as the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 7 }), (count, requests) => {
        const asks = Array.from({ length: count }, () => operation(30, 0)).flat();
        const passed = play(asks, { requests });
        const operations = Array.from({ length: count }, (_, index) =>
          wentMsOf(passed.slice(index * 30, index * 30 + 30)),
        );
        for (const untilMs of new Set(wentMsOf(passed))) {
          const gone = operations.map((went) => went.filter((wentMs) => wentMs <= untilMs).length);
          expect(Math.max(...gone) - Math.min(...gone)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('gives a large one that comes later half of the turns from then on', () => {
    const passed = play([...operation(60, 0), ...operation(20, 3_000)]);
    const goneBy = (from: number, to: number, untilMs: number): number =>
      wentMsOf(passed.slice(from, to)).filter((wentMs) => 3_000 < wentMs && wentMs <= untilMs).length;
    for (const untilMs of [3_750, 5_000, 6_250, 7_500, 8_750])
      expect(Math.abs(goneBy(0, 60, untilMs) - goneBy(60, 80, untilMs))).toBeLessThanOrEqual(1);
  });
});

describe('line of lanes', () => {
  it('lets out the interactive before the background, and the urgent before both', () => {
    const asks = [
      askAt(0),
      askAt(1, { place: background }),
      askAt(2),
      askAt(3, { place: 'urgent' }),
      askAt(4, { place: 'urgent' }),
    ];
    expect(wentMsOf(play(asks, { requests: 1 }))).toEqual([0, 5_000, 3_750, 1_250, 2_500]);
  });

  it('lets the background have all slots but one', () => {
    const asks = [...Array.from({ length: 6 }, () => askAt(0, { place: background })), askAt(10)];
    expect(wentMsOf(play(asks))).toEqual([0, 0, 0, 0, 1_250, 1_250, 10]);
  });

  it('lets the background have the slot of a limit that has only one', () => {
    expect(wentMsOf(play([askAt(0, { place: background })], { requests: 1 }))).toEqual([0]);
  });

  it('lets the interactive push the background out of a full line', () => {
    const waiting = Array.from({ length: 3 }, () => askAt(1, { place: background }));
    const asks = [...Array.from({ length: 5 }, () => askAt(0)), ...waiting, askAt(10), askAt(10)];
    const states = play(asks, { maxWaiting: 3 }).map(({ refusedMs }) => refusedMs);
    expect(states).toEqual([null, null, null, null, null, null, 10, 10, null, null]);
  });

  it('does not count the urgent as waiting, and tells others when one that is counted will have gone', () => {
    const asks = [askAt(0), askAt(1), askAt(2, { place: 'urgent' }), askAt(3)];
    expect(told(play(asks, { requests: 1, maxWaiting: 1 }))).toEqual([0, 2_500, 1_250, 'refused 3, 2497']);
  });

  it('refuses the urgent, too, when its time is over', () => {
    const asks = [askAt(0), askAt(1, { place: 'urgent', patienceMs: 1_000 })];
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 'refused 1, 499']);
  });

  it('counts a place that is taken later from the turn that it is then', () => {
    const joined = { afterMs: 1_000, place: { lane: 'interactive', behind: 0 }, laterMs: 0 } as const;
    const asks = [
      ...operation(4, 0),
      askAt(0, { place: { lane: 'interactive', behind: 9 }, change: joined }),
      askAt(500),
      askAt(600),
    ];
    // Who boards last does not go before those who came before it.
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 1_250, 6_250, 7_500, 5_000, 2_500, 3_750]);
  });

  it('follows a place and a deadline that change', () => {
    const asks = [
      askAt(0),
      askAt(1),
      askAt(2, { place: background, change: { afterMs: 100, place: 'urgent', laterMs: 0 } }),
      askAt(3, {
        patienceMs: 3_000,
        change: { afterMs: 100, place: { lane: 'interactive', behind: 0 }, laterMs: 1_500 },
      }),
    ];
    expect(told(play(asks, { requests: 1 }))).toEqual([0, 2_500, 1_250, 3_750]);
  });
});
