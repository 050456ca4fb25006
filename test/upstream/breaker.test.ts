import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AbandonedError,
  NotFoundError,
  RememberedError,
  ThrottledError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
  type UsageError,
} from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import type { Iccid } from '../../src/iccid.js';
import { createBreaker } from '../../src/upstream/breaker.js';
import type { UsageReading, UsageSource } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createLatch } from '../support/latch.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { readingOf } from '../support/readings.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import { patient } from '../support/upstream-path.js';

const breakerFailures = 5;
const breakerMs = 10_000;
const down = new UpstreamError('unanswered', 'out of time', { delivery: 'unanswered' });

describe('the circuit', () => {
  it('lets everything through while it is closed', async () => {
    const { read, calls, events } = start();
    expect(await read(0)).toEqual(readingOf(iccidNumber(0), 1_000));
    expect(calls).toEqual([iccidNumber(0)]);
    expect(events).toEqual([]);
  });

  it.each([
    down,
    new UpstreamError('unreachable', 'ECONNREFUSED', { delivery: 'unanswered' }),
    new UpstreamError('protocol', 'not HTTP', { delivery: 'unanswered' }),
    new UpstreamError('failing', 'answered 503', { delivery: 'answered' }),
    new UpstreamError('garbled', 'data.total', { delivery: 'answered' }),
    new UpstreamError('forbidden', 'answered 403', { delivery: 'answered' }),
  ])('opens when five different eSIMs in a row cannot be read: $fault', async (error) => {
    const { fail, calls, events } = start();
    for (const nth of [0, 1, 2, 3]) expect(await fail(nth, error)).toBe(error);
    expect(events).toEqual([]);
    const remembered = {
      name: 'RememberedError',
      message: error.message,
      code: 'UNAVAILABLE',
      delivery: 'unsent',
      retryAfterMs: breakerMs,
      cause: error,
    };
    // Who opened it cannot come back sooner than the others.
    expect(factsOf(await fail(4, error))).toEqual(remembered);
    expect(events).toEqual<UsageEvent[]>([{ type: 'breaker.opened', error, forMs: breakerMs }]);
    expect(factsOf(await fail(5, error))).toEqual(remembered);
    expect(calls.length).toBe(5);
  });

  it('stays closed when the same eSIM fails again and again, and counts it once', async () => {
    const { fail, events } = start();
    for (let time = 0; time < 100; time += 1) await fail(0);
    for (const nth of [1, 2, 3]) await fail(nth);
    await fail(0);
    expect(events).toEqual([]);
    await fail(4);
    expect(events.map(({ type }) => type)).toEqual(['breaker.opened']);
  });

  const alive: readonly { name: string; error: Error | null }[] = [
    { name: 'a reading', error: null },
    { name: '404', error: new NotFoundError() },
    { name: '429', error: new TooManyRequestsError('company', 1_000) },
    { name: '401', error: new UnauthorizedError('token refused', 'answered') },
  ];

  it.each(alive)('starts counting anew after $name', async ({ error }) => {
    const { fail, read, bend, events } = start();
    for (const nth of [0, 1, 2, 3]) await fail(nth);
    bend(error);
    await read(9).catch(() => undefined);
    for (const nth of [4, 5, 6, 7]) await fail(nth);
    expect(events).toEqual([]);
  });

  it.each(alive)('is closed by a probe that brings $name', async ({ error }) => {
    const { open, read, bend, clock, events } = start();
    await open();
    await clock.advance(breakerMs);
    bend(error);
    await read(9).catch(() => undefined);
    expect(events.slice(1)).toEqual<UsageEvent[]>([
      { type: 'breaker.probe', iccid: iccidNumber(9) },
      { type: 'breaker.closed' },
    ]);
    bend(null);
    expect(await read(8)).toMatchObject({ iccid: iccidNumber(8) });
  });

  it.each(alive)('is closed by $name of a call that was sent before it opened', async ({ error }) => {
    const { open, hold, read, bend, events } = start();
    const held = hold(9);
    await open();
    held.land(error);
    await held.outcome;
    expect(events.map(({ type }) => type)).toEqual(['breaker.opened', 'breaker.closed']);
    bend(null);
    expect(await read(8)).toMatchObject({ iccid: iccidNumber(8) });
  });

  it.each([
    { name: 'THROTTLED', error: new ThrottledError(1_000) },
    { name: 'abandoned', error: new AbandonedError() },
    { name: 'without a token', error: new UnauthorizedError('no token at hand', 'unsent') },
    { name: 'closed', error: new UpstreamError('unreachable', 'closed', { delivery: 'unsent' }) },
    { name: 'remembered', error: new RememberedError(down, 1_000) },
    { name: 'a bug of ours', error: new TypeError('a bug') },
  ])('is neither opened nor kept closed by what was not sent: $name', async ({ error }) => {
    const { fail, read, bend, events } = start();
    for (const nth of [0, 1, 2, 3]) await fail(nth);
    bend(error);
    for (const nth of [5, 6, 7, 8, 9]) await expect(read(nth)).rejects.toBe(error);
    expect(events).toEqual([]);
    await fail(4);
    expect(events.map(({ type }) => type)).toEqual(['breaker.opened']);
  });
});

describe('an open circuit', () => {
  it('refuses everybody at once, in both places, and says how long it is open yet', async () => {
    const { open, before, around, clock, calls } = start();
    await open();
    await clock.advance(4_000);
    const sentBefore = calls.length;
    for (const source of [before, around])
      expect(factsOf(await refusalOf(source.read(iccidNumber(7), patient)))).toEqual({
        name: 'RememberedError',
        message: 'unanswered: out of time',
        code: 'UNAVAILABLE',
        delivery: 'unsent',
        retryAfterMs: breakerMs - 4_000,
        cause: down,
      });
    await clock.advance(breakerMs - 4_000 - 1);
    expect(await refusalOf(before.read(iccidNumber(7), patient))).toMatchObject({ retryAfterMs: 1 });
    expect(calls.length).toBe(sentBefore);
  });

  it('lets one out when its time is over, and tells the others to come back in a second', async () => {
    const { open, hold, before, around, clock, calls, events } = start();
    await open();
    const sentBefore = calls.length;
    await clock.advance(breakerMs);
    const probe = hold(7);
    for (const source of [before, around])
      expect(await refusalOf(source.read(iccidNumber(8), patient))).toMatchObject({
        name: 'RememberedError',
        code: 'UNAVAILABLE',
        delivery: 'unsent',
        retryAfterMs: 1_000,
        cause: down,
      });
    expect(calls.length).toBe(sentBefore + 1);
    probe.land(null);
    expect(await probe.outcome).toMatchObject({ iccid: iccidNumber(7) });
    expect(events.slice(1).map(({ type }) => type)).toEqual(['breaker.probe', 'breaker.closed']);
  });

  it('is open for as long again when the probe fails, and says what it failed with', async () => {
    const { open, fail, before, clock, events } = start();
    await open();
    await clock.advance(breakerMs + 5_000);
    const error = new UpstreamError('failing', 'answered 500', { delivery: 'answered' });
    expect(await fail(7, error)).toMatchObject({ retryAfterMs: breakerMs, cause: error });
    expect(events.slice(1)).toEqual<UsageEvent[]>([
      { type: 'breaker.probe', iccid: iccidNumber(7) },
      { type: 'breaker.opened', error, forMs: breakerMs },
    ]);
    expect(await refusalOf(before.read(iccidNumber(8), patient))).toMatchObject({
      retryAfterMs: breakerMs,
      cause: error,
    });
  });

  it('counts from the end of the probe', async () => {
    const { open, hold, before, clock } = start();
    await open();
    await clock.advance(breakerMs);
    const probe = hold(7);
    await clock.advance(8_000);
    probe.land(down);
    await probe.outcome;
    await clock.advance(breakerMs - 1);
    expect(await refusalOf(before.read(iccidNumber(8), patient))).toMatchObject({ retryAfterMs: 1 });
  });

  it.each([
    { name: 'what was never sent', error: new ThrottledError(1_000) },
    { name: 'a bug of ours', error: new TypeError('a bug') },
  ])('lets another out at once when the probe ended with $name', async ({ error }) => {
    const { open, read, bend, clock, events } = start();
    await open();
    await clock.advance(breakerMs);
    bend(error);
    await expect(read(7)).rejects.toBe(error);
    bend(null);
    await read(8);
    expect(events.slice(1)).toEqual<UsageEvent[]>([
      { type: 'breaker.probe', iccid: iccidNumber(7) },
      { type: 'breaker.probe', iccid: iccidNumber(8) },
      { type: 'breaker.closed' },
    ]);
  });

  it('is not prolonged by calls that were sent before it opened', async () => {
    const { open, hold, read, bend, clock, events } = start();
    const held = [20, 21, 22, 23, 24, 25].map(hold);
    await open();
    await clock.advance(breakerMs - 1);
    for (const each of held.slice(0, 3)) each.land(down);
    await clock.advance(1);
    for (const each of held.slice(3)) each.land(down);
    await Promise.all(held.map(({ outcome }) => outcome));
    bend(null);
    expect(await read(7)).toMatchObject({ iccid: iccidNumber(7) });
    expect(events.map(({ type }) => type)).toEqual(['breaker.opened', 'breaker.probe', 'breaker.closed']);
  });

  it('is not prolonged by one of them that fails while the probe is under way', async () => {
    const { open, hold, before, clock } = start();
    const held = hold(20);
    await open();
    await clock.advance(breakerMs);
    const probe = hold(7);
    held.land(down);
    await held.outcome;
    expect(await refusalOf(before.read(iccidNumber(8), patient))).toMatchObject({ retryAfterMs: 1_000 });
    probe.land(null);
    await probe.outcome;
    await before.read(iccidNumber(8), patient);
  });

  it('is not opened again by any of them after it was closed', async () => {
    const { open, hold, events } = start();
    const held = [20, 21, 22, 23, 24, 25, 26].map(hold);
    const [first, ...others] = held;
    await open();
    first?.land(null);
    await first?.outcome;
    for (const each of others) each.land(down);
    await Promise.all(others.map(({ outcome }) => outcome));
    expect(events.map(({ type }) => type)).toEqual(['breaker.opened', 'breaker.closed']);
  });

  it('forgets, when it closes, what had failed before', async () => {
    const { open, read, fail, bend, clock, events } = start();
    await open();
    await clock.advance(breakerMs);
    bend(null);
    await read(7);
    for (const nth of [0, 1, 2, 3]) await fail(nth);
    expect(events.length).toBe(3);
  });
});

it('a figure of one opens at the first failure', async () => {
  const { fail, events } = start({ breakerFailures: 1 });
  await fail(0);
  expect(events.map(({ type }) => type)).toEqual(['breaker.opened']);
});

it('an outage of an hour costs what opens the circuit, and then at most one call in each period', async () => {
  const arrivals = fc.array(
    fc.record({
      waitMs: fc.integer({ min: 0, max: 20_000 }),
      nth: fc.integer({ min: 0, max: 50 }),
      /** Those that waited in line come to its end without being asked again. */
      place: fc.constantFrom<'before' | 'around'>('before', 'around'),
      tookMs: fc.integer({ min: 0, max: 10_000 }),
    }),
    { minLength: 300, maxLength: 400 },
  );
  await fc.assert(
    fc.asyncProperty(arrivals, async (all) => {
      const clock = createManualClock();
      const endMs = clock.now() + 3_600_000;
      const sentAtMs: number[] = [];
      let nextTookMs = 0;
      const rig = start({
        clock,
        source: {
          async read() {
            sentAtMs.push(clock.now());
            await new Promise<void>((resolve) => clock.after(nextTookMs, resolve));
            throw down;
          },
        },
      });
      const outcomes: Promise<UsageError>[] = [];
      for (const { waitMs, nth, place, tookMs } of all) {
        await clock.advance(waitMs);
        if (clock.now() >= endMs) break;
        nextTookMs = tookMs;
        outcomes.push(refusalOf(rig[place].read(iccidNumber(nth), patient)));
      }
      await clock.advance(10_000);

      for (const error of await Promise.all(outcomes)) {
        expect(error.code).toBe('UNAVAILABLE');
        if (error.delivery !== 'unsent') continue;
        expect(error.retryAfterMs).toBeGreaterThan(0);
        expect(error.retryAfterMs).toBeLessThanOrEqual(breakerMs);
      }
      expect(mostInAnyWindow(sentAtMs.slice(rig.sentBeforeOpening()), breakerMs)).toBeLessThanOrEqual(1);
      expect(rig.events.filter(({ type }) => type === 'breaker.closed')).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

interface StartOptions {
  readonly breakerFailures?: number;
  readonly clock?: ManualClock;
  /** @default one that answers at once, and that the rig bends */
  readonly source?: UsageSource;
}

/** A breaker around a source, in both its places. */
function start(options: StartOptions = {}) {
  const { clock = createManualClock() } = options;
  const events: UsageEvent[] = [];
  const calls: Iccid[] = [];
  let sentBeforeOpening = Number.POSITIVE_INFINITY;
  let answer: (iccid: Iccid) => Promise<UsageReading> = bring;
  const breaker = createBreaker({
    breakerFailures,
    breakerMs,
    clock,
    report(event) {
      events.push(event);
      if (event.type === 'breaker.opened') sentBeforeOpening = Math.min(sentBeforeOpening, calls.length);
    },
    ...options,
  });
  const around = breaker.around({
    read(iccid, caller) {
      calls.push(iccid);
      return options.source?.read(iccid, caller) ?? answer(iccid);
    },
  });
  const before = breaker.before(around);

  async function bring(iccid: Iccid): Promise<UsageReading> {
    return readingOf(iccid, clock.now());
  }

  /** From now on all reads bring readings, or fail with that. */
  function bend(error: Error | null): void {
    answer = error === null ? bring : () => Promise.reject(error);
  }

  const read = (nth: number): Promise<UsageReading> => before.read(iccidNumber(nth), patient);

  async function fail(nth: number, error: UsageError = down): Promise<UsageError> {
    bend(error);
    return refusalOf(read(nth));
  }

  return {
    clock,
    events,
    calls,
    before,
    around,
    bend,
    read,
    fail,
    async open() {
      for (const nth of [0, 1, 2, 3, 4]) await fail(nth);
    },
    /** Sends a read that ends when it is told to: with a reading, or with that error. */
    hold(nth: number) {
      const landed = createLatch();
      let outcomeOf: Error | null = null;
      answer = async (iccid) => {
        await landed.opened;
        if (outcomeOf !== null) throw outcomeOf;
        return bring(iccid);
      };
      return {
        outcome: read(nth).catch((error: unknown) => error),
        land(error: Error | null) {
          outcomeOf = error;
          landed.open();
        },
      };
    },
    /** How many had been sent when the circuit first opened. */
    sentBeforeOpening: () => sentBeforeOpening,
  };
}
