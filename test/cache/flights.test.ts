import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFlights } from '../../src/cache/flights.js';
import { AbandonedError, TimedOutError, UpstreamError } from '../../src/errors.js';
import type { Caller } from '../../src/usage.js';
import { createManualClock } from '../support/manual-clock.js';

/** One fetch, as the layers below see it, in a test's hands. */
interface Fetch {
  readonly key: string;
  readonly everybody: Caller;
  land(value: string): void;
  crash(error: Error): void;
}

/** Flights whose every fetch is in the test's hands. Like the real ones, it ends when nobody waits any more. */
function createRig() {
  const clock = createManualClock();
  const fetches: Fetch[] = [];
  const flights = createFlights(
    clock,
    (key: string, everybody) =>
      new Promise<string>((land, crash) => {
        everybody.signal?.addEventListener('abort', () => crash(new AbandonedError()));
        fetches.push({ key, everybody, land, crash });
      }),
  );
  return {
    clock,
    flights,
    fetches,
    callerFor: (patienceMs: number, signal?: AbortSignal): Caller => ({
      deadlineMs: clock.now() + patienceMs,
      signal,
    }),
    at: (ms: number) => 1_000 + ms,
  };
}

describe('flights', { timeout: 60_000 }, () => {
  it('start one fetch for all who ask for a key at one time', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    expect(flights.has('a')).toBe(false);
    const joined = Array.from({ length: 1_000 }, (_, index) => flights.join('a', callerFor(8_000 + index)));
    expect(flights.has('a')).toBe(true);
    await clock.advance(500);
    joined.push(flights.join('a', callerFor(8_000)));
    expect(fetches.map(({ key }) => key)).toEqual(['a']);
    fetches[0]?.land('what came');
    expect(new Set(await Promise.all(joined))).toEqual(new Set(['what came']));
    expect(flights.has('a')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('start another fetch for another key, and for the same one when the first has landed', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const a = flights.join('a', callerFor(8_000));
    const b = flights.join('b', callerFor(8_000));
    await clock.advance(0);
    fetches[0]?.land('first a');
    expect(await a).toBe('first a');
    const again = flights.join('a', callerFor(8_000));
    await clock.advance(0);
    fetches[1]?.land('only b');
    fetches[2]?.land('second a');
    expect(await Promise.all([b, again])).toEqual(['only b', 'second a']);
    expect(fetches.map(({ key }) => key)).toEqual(['a', 'b', 'a']);
  });

  it('fail for all as the fetch fails, and start anew for the next', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const error = new UpstreamError('failing', 'answered 500', { delivery: 'answered' });
    const joined = [flights.join('a', callerFor(8_000)), flights.join('a', callerFor(9_000))];
    await clock.advance(0);
    fetches[0]?.crash(error);
    for (const each of joined) await expect(each).rejects.toBe(error);
    expect(flights.has('a')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('fail as the fetch throws before it returns a promise', async () => {
    const clock = createManualClock();
    const error = new TypeError('a bug');
    const flights = createFlights<string, string>(clock, () => {
      throw error;
    });
    await expect(flights.join('a', { deadlineMs: 9_000 })).rejects.toBe(error);
    expect(flights.has('a')).toBe(false);
  });

  it('let each caller wait until its own deadline', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const hasty = flights.join('a', callerFor(1_000));
    const patient = flights.join('a', callerFor(8_000));
    await clock.advance(0);
    fetches[0]?.everybody.onSent?.();
    const timedOut = expect(hasty).rejects.toEqual(new TimedOutError(1_000));
    await clock.advance(1_000);
    await timedOut;
    fetches[0]?.land('late');
    expect(await patient).toBe('late');
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('time a caller out whose deadline comes before anything was sent', async () => {
    const { clock, flights, callerFor } = createRig();
    const timedOut = expect(flights.join('a', callerFor(1_000))).rejects.toEqual(new TimedOutError(1_000));
    await clock.advance(999);
    expect(flights.has('a')).toBe(true);
    await clock.advance(1);
    await timedOut;
  });

  it('fetch for the latest deadline of those who wait at the moment', async () => {
    const { clock, flights, fetches, callerFor, at } = createRig();
    const leaving = new AbortController();
    const first = flights.join('a', callerFor(3_000));
    await clock.advance(0);
    const everybody = fetches[0]?.everybody;
    expect(everybody?.deadlineMs).toBe(at(3_000));
    const second = flights.join('a', callerFor(9_000, leaving.signal));
    expect(everybody?.deadlineMs).toBe(at(9_000));
    const third = flights.join('a', callerFor(5_000));
    expect(everybody?.deadlineMs).toBe(at(9_000));
    leaving.abort();
    expect(everybody?.deadlineMs).toBe(at(5_000));
    fetches[0]?.land('value');
    expect(await Promise.all([first, third])).toEqual(['value', 'value']);
    await expect(second).rejects.toEqual(new AbandonedError());
  });

  it('find the latest of more deadlines than a function takes arguments', async () => {
    const { clock, flights, fetches, callerFor, at } = createRig();
    const joined = Array.from({ length: 130_000 }, () => flights.join('a', callerFor(8_000)));
    await clock.advance(0);
    expect(fetches[0]?.everybody.deadlineMs).toBe(at(8_000));
    fetches[0]?.land('value');
    expect(await Promise.all(joined)).toHaveLength(130_000);
  });
});

describe('flights whose callers leave', () => {
  it('start nothing for a caller that had left before it asked', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    await expect(flights.join('a', callerFor(8_000, AbortSignal.abort()))).rejects.toEqual(
      new AbandonedError(),
    );
    await clock.advance(0);
    expect(fetches).toEqual([]);
    expect(flights.has('a')).toBe(false);
  });

  it('let one go at once and go on for the others', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const leaving = new AbortController();
    const gone = flights.join('a', callerFor(8_000, leaving.signal));
    const staying = flights.join('a', callerFor(8_000));
    await clock.advance(0);
    leaving.abort();
    await expect(gone).rejects.toEqual(new AbandonedError());
    expect(fetches[0]?.everybody.signal?.aborted).toBe(false);
    fetches[0]?.land('value');
    expect(await staying).toBe('value');
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it.each([
    { leaveBy: 'going away', delayMs: 0 },
    { leaveBy: 'reaching its deadline', delayMs: 1_000 },
  ])('drop what was not sent with nobody left, the last $leaveBy', async ({ delayMs }) => {
    const { clock, flights, fetches, callerFor } = createRig();
    const leaving = new AbortController();
    const last = flights.join('a', callerFor(1_000, leaving.signal)).catch((error: unknown) => error);
    await clock.advance(delayMs);
    leaving.abort();
    expect(await last).toBeInstanceOf(delayMs === 0 ? AbandonedError : TimedOutError);
    expect(fetches[0]?.everybody.signal?.aborted).toBe(true);
    expect(flights.has('a')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('start anew for one that comes when the earlier was dropped but has not ended yet', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const leaving = new AbortController();
    const gone = flights.join('a', callerFor(8_000, leaving.signal));
    await clock.advance(0);
    leaving.abort();
    const later = flights.join('a', callerFor(8_000));
    await expect(gone).rejects.toEqual(new AbandonedError());
    await clock.advance(0);
    expect(fetches).toHaveLength(2);
    // The end of the first must not make way for a third.
    expect(flights.has('a')).toBe(true);
    const joining = flights.join('a', callerFor(8_000));
    fetches[1]?.land('value');
    expect(await Promise.all([later, joining])).toEqual(['value', 'value']);
    expect(fetches).toHaveLength(2);
  });

  it('finish what was sent with nobody left, for those who come later', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const leaving = new AbortController();
    const gone = flights.join('a', callerFor(8_000, leaving.signal));
    await clock.advance(0);
    fetches[0]?.everybody.onSent?.();
    leaving.abort();
    await expect(gone).rejects.toEqual(new AbandonedError());
    expect(fetches[0]?.everybody.signal?.aborted).toBe(false);
    expect(flights.has('a')).toBe(true);
    const later = flights.join('a', callerFor(8_000));
    fetches[0]?.land('value');
    expect(await later).toBe('value');
    expect(fetches).toHaveLength(1);
  });

  it('may fail with nobody left to tell', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const leaving = new AbortController();
    const gone = flights.join('a', callerFor(8_000, leaving.signal));
    await clock.advance(0);
    fetches[0]?.everybody.onSent?.();
    leaving.abort();
    await expect(gone).rejects.toEqual(new AbandonedError());
    fetches[0]?.crash(new TypeError('nobody hears this'));
    await clock.advance(0);
    expect(flights.has('a')).toBe(false);
  });

  it('tell a caller that waits twice the same twice', async () => {
    const { clock, flights, callerFor } = createRig();
    const caller = callerFor(1_000);
    const outcomes = Promise.allSettled([flights.join('a', caller), flights.join('a', caller)]);
    await clock.advance(1_000);
    const rejected = { status: 'rejected', reason: new TimedOutError(1_000) };
    expect(await outcomes).toEqual([rejected, rejected]);
  });

  it('leave no listener on a signal, however each wait ended', async () => {
    const { clock, flights, fetches, callerFor } = createRig();
    const { signal } = new AbortController();
    const answered = flights.join('a', callerFor(8_000, signal));
    const failed = flights.join('b', callerFor(8_000, signal)).catch(() => undefined);
    const late = flights.join('c', callerFor(1_000, signal)).catch(() => undefined);
    await clock.advance(1_000);
    fetches[0]?.land('value');
    fetches[1]?.crash(new TypeError('a bug'));
    await Promise.all([answered, failed, late]);
    await clock.advance(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('flights under any traffic', () => {
  const asks = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 3_000 }),
      key: fc.constantFrom('a', 'b'),
      patienceMs: fc.integer({ min: 0, max: 3_000 }),
      leavesAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 })),
    }),
    { minLength: 1, maxLength: 20 },
  );
  const fetchTimes = fc.array(
    fc.record({
      unsentMs: fc.integer({ min: 0, max: 1_500 }),
      sentMs: fc.integer({ min: 0, max: 1_500 }),
      fails: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  );

  it('never have two fetches of a key out, and settle every caller in time with what its key brought', async () => {
    await fc.assert(
      fc.asyncProperty(asks, fetchTimes, async (all, times) => {
        const clock = createManualClock();
        const beganMs = clock.now();
        const out = new Map<string, number>();
        let most = 0;
        let started = 0;
        const pass = (ms: number): Promise<void> =>
          new Promise((resolve) => {
            clock.after(ms, resolve);
          });
        const flights = createFlights(clock, async (key: string, everybody) => {
          const { unsentMs, sentMs, fails } = times[started % times.length] ?? times[0] ?? never();
          started += 1;
          await pass(unsentMs);
          if (everybody.signal?.aborted) throw new AbandonedError();
          everybody.onSent?.();
          out.set(key, (out.get(key) ?? 0) + 1);
          most = Math.max(most, out.get(key) ?? 0);
          await pass(sentMs);
          out.set(key, (out.get(key) ?? 0) - 1);
          if (fails) throw new UpstreamError('failing', key, { delivery: 'answered' });
          return key;
        });

        const signals: AbortSignal[] = [];
        const settled: string[] = [];
        for (const { atMs, key, patienceMs, leavesAfterMs } of all)
          clock.after(atMs, () => {
            const leaving = new AbortController();
            signals.push(leaving.signal);
            if (leavesAfterMs !== null) clock.after(leavesAfterMs, () => leaving.abort());
            const deadlineMs = clock.now() + patienceMs;
            const goneMs = beganMs + atMs + (leavesAfterMs ?? Number.POSITIVE_INFINITY);
            const settle = (outcome: string): void => {
              const isInTime = clock.now() <= Math.min(deadlineMs, goneMs);
              settled.push(isInTime ? outcome : `late: ${outcome}`);
            };
            flights.join(key, { deadlineMs, signal: leaving.signal }).then(
              (value) => settle(value === key ? 'its own' : 'of another'),
              (error: unknown) => settle(nameOf(error, key, clock.now() === goneMs)),
            );
          });
        await clock.advance(20_000);

        expect(most).toBeLessThanOrEqual(1);
        expect(settled).toHaveLength(all.length);
        expect(
          settled.filter((outcome) => !['its own', 'its failure', 'late', 'gone'].includes(outcome)),
        ).toEqual([]);
        expect(clock.pending).toBe(0);
        expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  function nameOf(error: unknown, key: string, isLeaving: boolean): string {
    if (error instanceof UpstreamError) return error.message.endsWith(key) ? 'its failure' : 'of another';
    if (error instanceof AbandonedError) return isLeaving ? 'gone' : 'abandoned while waiting';
    return error instanceof TimedOutError ? 'late' : 'unknown';
  }
});

function never(): never {
  throw new TypeError('there is always one');
}
