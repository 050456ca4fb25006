import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../src/cache/cache.js';
import { createSystemClock } from '../../src/clock.js';
import type { UsageEvent } from '../../src/events.js';
import { createGate } from '../../src/scheduler/gate.js';
import { createScheduler } from '../../src/scheduler/scheduler.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A step of time, with the machine's calendar set forward or back in the middle of it. */
const step = fc.record({
  passMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 30 * minuteMs }),
  ),
  setMs: fc.constantFrom(-hourMs, 0, hourMs),
  index: fc.nat({ max: 3 }),
});

interface Step {
  readonly passMs: number;
  readonly setMs: number;
  readonly index: number;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Everything that cache and scheduler did on the machine's clock, and when. */
async function historyOf(steps: readonly Step[]): Promise<string[]> {
  const beganMs = performance.now();
  let calendarMs = Date.UTC(2026, 0, 1);
  vi.spyOn(Date, 'now').mockImplementation(() => calendarMs + performance.now() - beganMs);

  const clock = createSystemClock();
  const history: string[] = [];
  const write = (line: string): number => history.push(`${Math.round(clock.now() - beganMs)} ms: ${line}`);
  const report = ({ type }: UsageEvent): number => write(type);
  const gateFor = (requests: number, windowMs: number) =>
    createGate({ requests, windowMs, maxWaiting: 10, clock });
  const cache = createCache({
    source: createScheduler({
      source: {
        async read(iccid, { onSent }) {
          onSent?.();
          await new Promise<void>((resolve) => {
            clock.after(350, resolve);
          });
          return readingOf(iccid, clock.now());
        },
      },
      company: gateFor(1, 1_000),
      createIccidGate: () => gateFor(10, minuteMs),
      clock,
      report,
    }),
    maxEntries: 10,
    maxObjects: 1,
    staleMs: 25 * minuteMs,
    softWaitMs: 300,
    maxHot: 2,
    notFoundMs: minuteMs,
    clock,
    report,
    random: () => 0,
  });

  const reads: Promise<void>[] = [];
  for (const { passMs, setMs, index } of steps) {
    await vi.advanceTimersByTimeAsync(Math.floor(passMs / 2));
    calendarMs += setMs;
    await vi.advanceTimersByTimeAsync(Math.ceil(passMs / 2));
    const read = cache.read(iccidNumber(index), { deadlineMs: clock.now() + 4_000 });
    reads.push(
      read.then(
        ({ fetchedAtMs, staleReason }) =>
          void write(`reading of ${Math.round(fetchedAtMs - beganMs)}, ${staleReason ?? 'fresh'}`),
        (error: unknown) => void write(`${error}`),
      ),
    );
  }
  await vi.advanceTimersByTimeAsync(minuteMs);
  await Promise.all(reads);
  cache.close();
  // A copy: what is still under way ends while time passes for the next one.
  return [...history];
}

describe('cache and scheduler on the machine’s clock', () => {
  it('U31 do the same at the same time whether or not the calendar is set by an hour', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const undisturbed = steps.map((each) => ({ ...each, setMs: 0 }));
        expect(await historyOf(steps)).toEqual(await historyOf(undisturbed));
      }),
      { numRuns: 50 },
    );
  });

  it.each([-hourMs, hourMs])(
    'U31 a reading is fresh for exactly 20 minutes when the calendar is set by %i ms meanwhile',
    async (setMs) => {
      const quarterMs = 15 * minuteMs;
      const endMs = 20 * minuteMs + 350;
      const history = await historyOf([
        { passMs: 0, setMs: 0, index: 1 },
        { passMs: quarterMs, setMs, index: 1 },
        { passMs: 5 * minuteMs + 349, setMs, index: 1 },
        { passMs: 1, setMs: 0, index: 1 },
      ]);
      expect(history).toEqual([
        '0 ms: cache.miss',
        '0 ms: scheduler.turn',
        '350 ms: cache.fill',
        '350 ms: reading of 350, fresh',
        `${quarterMs} ms: cache.hit`,
        `${quarterMs} ms: reading of 350, fresh`,
        `${endMs - 1} ms: cache.hit`,
        `${endMs - 1} ms: reading of 350, fresh`,
        `${endMs} ms: cache.miss`,
        `${endMs} ms: scheduler.turn`,
        `${endMs + 300} ms: cache.stale`,
        `${endMs + 300} ms: reading of 350, REFRESHING`,
        `${endMs + 350} ms: cache.fill`,
      ]);
    },
  );

  it.each([-hourMs, hourMs])(
    'U31 a reading that many ask for is fetched again a second after it ended when the calendar is set by %i ms',
    async (setMs) => {
      const history = await historyOf([
        { passMs: 0, setMs: 0, index: 1 },
        { passMs: 1_000, setMs, index: 1 },
        { passMs: 1_000, setMs, index: 1 },
        { passMs: 25 * minuteMs, setMs, index: 1 },
      ]);
      expect(history.slice(8)).toEqual([
        `${20 * minuteMs + 1_350} ms: cache.refresh`,
        `${20 * minuteMs + 1_350} ms: scheduler.turn`,
        `${20 * minuteMs + 1_700} ms: cache.fill`,
        `${25 * minuteMs + 2_000} ms: cache.hit`,
        `${25 * minuteMs + 2_000} ms: reading of ${20 * minuteMs + 1_700}, fresh`,
      ]);
    },
  );
});
