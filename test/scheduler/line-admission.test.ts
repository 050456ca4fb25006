import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLine } from '../../src/scheduler/line.js';
import { createSlots } from '../../src/scheduler/slots.js';
import { type Passed, playSchedule, steadyRoundTrip } from '../support/play-schedule.js';
import { type Ask, headOfLine, inOrder, type Schedule } from '../support/schedules.js';

/** Calls that all take the same, with deadlines. */
interface SteadyTraffic {
  readonly schedule: Schedule;
  readonly roundTripMs: number;
}

const anyPlace = fc.oneof(
  { weight: 1, arbitrary: fc.constant('urgent' as const) },
  { weight: 6, arbitrary: fc.record({ lane: fc.constant('interactive' as const), behind: fc.nat(12) }) },
);
const anyTraffic = trafficOf(anyPlace, fc.oneof(fc.nat({ max: 20 }), fc.constant(1_000)));
const roomyTraffic = trafficOf(anyPlace, fc.constant(1_000));
const singleFile = trafficOf(fc.constant(headOfLine), fc.nat({ max: 20 }));

function trafficOf(place: fc.Arbitrary<Ask['place']>, maxWaiting: fc.Arbitrary<number>) {
  return fc
    .record({
      requests: fc.integer({ min: 1, max: 5 }),
      windowMs: fc.integer({ min: 100, max: 2_000 }),
      maxWaiting,
      outMs: fc.nat({ max: 1_000 }),
      backMs: fc.integer({ min: 1, max: 1_000 }),
      asks: fc.array(
        fc.record({
          gapMs: fc.oneof(fc.constant(0), fc.nat({ max: 300 })),
          // Who has no time at all is never let in.
          patienceMs: fc.oneof(
            fc.constant(Number.POSITIVE_INFINITY),
            fc.constant(8_000),
            fc.integer({ min: 1, max: 15_000 }),
          ),
          place,
        }),
        { minLength: 1, maxLength: 40, size: 'max' },
      ),
    })
    .map(({ outMs, backMs, asks, ...limit }): SteadyTraffic => {
      const timed = inOrder(asks.map((ask) => ({ ...ask, outMs, backMs })));
      return { schedule: { ...limit, asks: timed, pauses: [], heldBack: [] }, roundTripMs: outMs + backMs };
    });
}

function passedOf({ schedule, roundTripMs }: SteadyTraffic, asks = schedule.asks): readonly Passed[] {
  return playSchedule({ ...schedule, asks }, steadyRoundTrip(roundTripMs)).passed;
}

interface Refusal {
  readonly ask: Ask;
  readonly atMs: number;
  readonly retryAfterMs: number;
  /** All others that had come by then. */
  readonly others: readonly Ask[];
}

/** The first refusal in a traffic. Skips traffic without one. */
function firstRefusalIn(traffic: SteadyTraffic): Refusal {
  const refusals = passedOf(traffic).flatMap(({ ask, refusedMs, retryAfterMs }) =>
    refusedMs === null || retryAfterMs === null ? [] : [{ ask, atMs: refusedMs, retryAfterMs }],
  );
  const first = refusals.sort((a, b) => a.atMs - b.atMs)[0];
  fc.pre(first !== undefined);
  const others = traffic.schedule.asks.filter((other) => other !== first.ask && other.atMs <= first.atMs);
  return { ...first, others };
}

/** When one goes that was refused and comes again, and nobody else. Null if it is refused again. */
function wentAgainMs(traffic: SteadyTraffic, { ask, others }: Refusal, atMs: number): number | null {
  return passedOf(traffic, [...others, ask, { ...ask, atMs }]).at(-1)?.wentMs ?? null;
}

describe('line before steady calls', { timeout: 60_000 }, () => {
  it('answers by its deadline whatever it let wait', () => {
    fc.assert(
      fc.property(anyTraffic, (traffic) => {
        const late = passedOf(traffic).filter(
          ({ ask, wentMs }) =>
            wentMs !== null && wentMs > ask.atMs && wentMs + traffic.roundTripMs > ask.atMs + ask.patienceMs,
        );
        expect(late).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses at once or never, if nobody comes that goes before others', () => {
    fc.assert(
      fc.property(singleFile, (traffic) => {
        const refused = passedOf(traffic).filter(({ refusedMs }) => refusedMs !== null);
        expect(refused.map(({ refusedMs }) => refusedMs)).toEqual(refused.map(({ ask }) => ask.atMs));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses, while there is room, nobody that would have been answered in time', () => {
    fc.assert(
      fc.property(roomyTraffic, (traffic) => {
        const { ask, atMs } = firstRefusalIn(traffic);
        const asks = traffic.schedule.asks.filter((other) => other.atMs <= atMs);
        const patient = { ...ask, patienceMs: Number.POSITIVE_INFINITY };
        const wentMs = passedOf(
          traffic,
          asks.map((other) => (other === ask ? patient : other)),
        )[asks.indexOf(ask)]?.wentMs;
        expect((wentMs ?? Number.NaN) + traffic.roundTripMs).toBeGreaterThan(ask.atMs + ask.patienceMs);
      }),
      { numRuns: 500 },
    );
  });

  it('lets in whoever was refused and asks again when it was told to, if nobody else has come', () => {
    fc.assert(
      fc.property(anyTraffic, (traffic) => {
        const refusal = firstRefusalIn(traffic);
        expect(wentAgainMs(traffic, refusal, refusal.atMs + refusal.retryAfterMs)).not.toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not let in whoever was refused and asks again a second earlier', () => {
    fc.assert(
      fc.property(anyTraffic, (traffic) => {
        const refusal = firstRefusalIn(traffic);
        const earlyMs = refusal.atMs + refusal.retryAfterMs - 1_000;
        // Who has less time than a call takes may find a free slot, and be late all the same.
        fc.pre(earlyMs >= refusal.atMs && refusal.ask.patienceMs >= traffic.roundTripMs);
        expect(wentAgainMs(traffic, refusal, earlyMs)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

describe('line of those who were let in', () => {
  it('keeps them when calls become less even, and refuses whoever comes then with as little to spare', () => {
    let mostMs = 250;
    const line = createLine({
      requests: 1,
      windowMs: 1_000,
      maxWaiting: 10,
      slots: createSlots(1, 1_000),
      roundTrip: { meanMs: () => 250, mostMs: () => mostMs },
    });
    const ticket = (number: number, deadlineMs: number) => ({ number, place: headOfLine, deadlineMs });
    const [under, waiting, later] = [ticket(0, 9_000), ticket(1, 1_250 + 300), ticket(2, 2_500 + 300)];
    line.join(under, 0);
    line.join(waiting, 0);
    expect(line.turn(0, false)).toMatchObject({ go: [{ ticket: under }], wait: [{ ticket: waiting }] });
    mostMs = 500;
    line.join(later, 0);
    expect(line.turn(100, false)).toMatchObject({ go: [], refused: [{ ticket: later }], wait: [] });
  });
});
