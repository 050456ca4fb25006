import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../src/clock.js';

const hourMs = 60 * 60_000;
/** What the calendar says when the monotonic clock says `originMs`. */
const calendarMs = Date.UTC(2026, 0, 1);
const originMs = 5_000.25;

/** The machine's two clocks, in a test's hands. */
let monotonicMs = originMs;
let calendarSetMs = 0;

beforeEach(() => {
  monotonicMs = originMs;
  calendarSetMs = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => monotonicMs);
  // As the real one, whole milliseconds.
  vi.spyOn(Date, 'now').mockImplementation(() =>
    Math.floor(calendarMs + calendarSetMs + monotonicMs - originMs),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets timers run for that long. The monotonic clock is set by the test itself. */
function runTimers(ms: number): void {
  vi.advanceTimersByTime(ms);
}

describe('system clock', () => {
  it('U31 tells time by the monotonic clock, wherever the calendar is set', () => {
    const clock = createSystemClock();
    expect(clock.now()).toBe(originMs);
    calendarSetMs = hourMs;
    expect(clock.now()).toBe(originMs);
    calendarSetMs = -hourMs;
    monotonicMs += 1.5;
    expect(clock.now()).toBe(originMs + 1.5);
  });

  it('shows a moment as the calendar has it', () => {
    const clock = createSystemClock();
    expect(clock.toDate(originMs)).toEqual(new Date('2026-01-01T00:00:00.000Z'));
    expect(clock.toDate(originMs + 0.75)).toEqual(new Date('2026-01-01T00:00:00.000Z'));
    expect(clock.toDate(originMs - 20 * 60_000)).toEqual(new Date('2025-12-31T23:40:00.000Z'));
    expect(clock.toDate(originMs + hourMs)).toEqual(new Date('2026-01-01T01:00:00.000Z'));
  });

  it('U31 shows a moment as the calendar has it after that was set', () => {
    const clock = createSystemClock();
    calendarSetMs = hourMs;
    expect(clock.toDate(originMs)).toEqual(new Date('2026-01-01T01:00:00.000Z'));
    calendarSetMs = -hourMs;
    expect(clock.toDate(originMs)).toEqual(new Date('2025-12-31T23:00:00.000Z'));
  });

  it('shows one moment as one date however often it is asked while the calendar is slewed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.array(
          fc.record({
            passMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
            slewedMs: fc.double({ min: -999, max: 999, noNaN: true }),
          }),
        ),
        (momentMs, steps) => {
          monotonicMs = originMs;
          calendarSetMs = 0;
          const clock = createSystemClock();
          const date = clock.toDate(originMs + momentMs);
          for (const { passMs, slewedMs } of steps) {
            monotonicMs += passMs;
            calendarSetMs = slewedMs;
            expect(clock.toDate(originMs + momentMs)).toEqual(date);
          }
        },
      ),
    );
  });

  it.each([
    { setMs: 1_000, shown: '2026-01-01T00:00:00.000Z' },
    { setMs: 1_001, shown: '2026-01-01T00:00:01.001Z' },
    { setMs: -1_000, shown: '2026-01-01T00:00:00.000Z' },
    { setMs: -1_001, shown: '2025-12-31T23:59:58.999Z' },
  ])('takes a calendar that is off by $setMs ms for $shown', ({ setMs, shown }) => {
    const clock = createSystemClock();
    calendarSetMs = setMs;
    expect(clock.toDate(originMs)).toEqual(new Date(shown));
  });
});

describe('timer of the system clock', () => {
  it('U31 runs its task once, after its delay, wherever the calendar is set', () => {
    const task = vi.fn();
    createSystemClock().after(1_500, task);
    calendarSetMs = hourMs;
    monotonicMs += 1_499;
    runTimers(1_499);
    expect(task).not.toHaveBeenCalled();
    calendarSetMs = -hourMs;
    monotonicMs += 1;
    runTimers(1);
    expect(task).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits on when the machine’s timer comes a part of a millisecond early', () => {
    const task = vi.fn();
    createSystemClock().after(10, task);
    monotonicMs += 9.75;
    runTimers(10);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(1);
    monotonicMs += 0.25;
    runTimers(1);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('never runs its task before its delay has passed, however the machine’s timers stray', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 5_000, noNaN: true }),
        fc.array(fc.double({ min: -1, max: 50, noNaN: true }), { maxLength: 50 }),
        (delayMs, strayMs) => {
          const dueMs = monotonicMs + delayMs;
          const ranAtMs: number[] = [];
          createSystemClock().after(delayMs, () => ranAtMs.push(monotonicMs));
          for (const ms of strayMs) {
            monotonicMs += 100 + ms;
            runTimers(100);
          }
          monotonicMs += 6_000;
          runTimers(6_000);
          expect(ranAtMs).toHaveLength(1);
          expect(ranAtMs[0]).toBeGreaterThanOrEqual(dueMs);
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
    );
  });

  it.each([0, -5])('runs a task with a delay of %i ms, and not before it returns', (delayMs) => {
    const task = vi.fn();
    createSystemClock().after(delayMs, task);
    expect(task).not.toHaveBeenCalled();
    runTimers(1);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('never runs a task that was cancelled, and keeps no timer for it', () => {
    const task = vi.fn();
    const cancel = createSystemClock().after(10, task);
    monotonicMs += 9.75;
    runTimers(10);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    monotonicMs += 100;
    runTimers(100);
    expect(task).not.toHaveBeenCalled();
    cancel();
  });

  it.each([
    { days: 24.9, whatFor: 'longer than one of the machine’s timers can' },
    { days: 30, whatFor: 'for as long as a recycled eSIM may be kept' },
    { days: 100, whatFor: 'as long as several of them' },
  ])('waits $whatFor', ({ days }) => {
    const dayMs = 24 * hourMs;
    const task = vi.fn();
    createSystemClock().after(days * dayMs, task);
    for (let passedMs = 0; passedMs < days * dayMs; passedMs += dayMs / 10) {
      expect(task).not.toHaveBeenCalled();
      expect(vi.getTimerCount()).toBe(1);
      monotonicMs += dayMs / 10;
      runTimers(dayMs / 10);
    }
    expect(task).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is asked of the machine for no longer than that can tell', () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const clock = createSystemClock();
    for (const delayMs of [2 ** 31 - 1, 2 ** 31, Number.POSITIVE_INFINITY]) clock.after(delayMs, vi.fn());
    expect(set.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1]);
  });

  it('can be cancelled when it has gone on to another of the machine’s timers', () => {
    const task = vi.fn();
    const cancel = createSystemClock().after(2 ** 32, task);
    monotonicMs += 2 ** 31;
    runTimers(2 ** 31);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the process alive, unless its task is idle, however often it has to go on', () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const clock = createSystemClock();
    clock.after(10, vi.fn());
    clock.after(10, vi.fn(), 'idle');
    monotonicMs += 9.75;
    runTimers(10);
    const keeping = set.mock.results.map(({ type, value }) => type === 'return' && value.hasRef());
    expect(keeping).toEqual([true, false, true, false]);
  });

  it('runs an idle task like any other as long as there is something to do', () => {
    const task = vi.fn();
    createSystemClock().after(10, task, 'idle');
    monotonicMs += 10;
    runTimers(10);
    expect(task).toHaveBeenCalledTimes(1);
  });
});
