import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFlights } from '../../src/cache/flights.js';
import { AbandonedError, TimedOutError, UpstreamError } from '../../src/errors.js';
import type { Caller } from '../../src/usage.js';
import { createFlightsRig } from '../support/flights-rig.js';
import { createManualClock } from '../support/manual-clock.js';

describe('flights', { timeout: 60_000 }, () => {
  it('start one fetch for all who ask for a key at one time', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const flights = createFlights<string, string>({
      fetch() {
        throw error;
      },
      behind: () => 0,
      clock,
    });
    await expect(flights.join('a', { deadlineMs: 9_000 })).rejects.toBe(error);
    expect(flights.has('a')).toBe(false);
  });

  it('let each caller wait until its own deadline', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, callerFor } = createFlightsRig();
    const timedOut = expect(flights.join('a', callerFor(1_000))).rejects.toEqual(new TimedOutError(1_000));
    await clock.advance(999);
    expect(flights.has('a')).toBe(true);
    await clock.advance(1);
    await timedOut;
  });

  it('fetch for the latest deadline of those who wait at the moment', async () => {
    const { clock, flights, fetches, callerFor, at } = createFlightsRig();
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

  it('stand in line at the best place of those who wait at the moment', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const leaving = new AbortController();
    const first = flights.join('a', callerFor(8_000, undefined, 40));
    await clock.advance(0);
    const everybody = fetches[0]?.everybody;
    expect(everybody?.place).toEqual({ lane: 'interactive', behind: 40 });
    const second = flights.join('a', callerFor(8_000, leaving.signal, 3));
    const third = flights.join('a', callerFor(8_000, undefined, 12));
    expect(everybody?.place).toEqual({ lane: 'interactive', behind: 3 });
    leaving.abort();
    expect(everybody?.place).toEqual({ lane: 'interactive', behind: 12 });
    fetches[0]?.land('value');
    expect(await Promise.all([first, third])).toEqual(['value', 'value']);
    await expect(second).rejects.toEqual(new AbandonedError());
  });

  it('stand at the head for a caller that has no place of its own', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const joined = [flights.join('a', callerFor(8_000)), flights.join('a', { deadlineMs: 9_000 })];
    await clock.advance(0);
    expect(fetches[0]?.everybody.place).toEqual({ lane: 'interactive', behind: 0 });
    fetches[0]?.land('value');
    expect(await Promise.all(joined)).toEqual(['value', 'value']);
  });

  it('look at nobody’s place before someone asks for theirs', async () => {
    const { clock, flights, fetches } = createFlightsRig();
    let looks = 0;
    const shy: Caller = {
      deadlineMs: 9_000,
      get place() {
        looks += 1;
        return { lane: 'interactive', behind: 2 } as const;
      },
    };
    const joined = [flights.join('a', shy), flights.joinFor(300, 'a', shy)];
    await clock.advance(200);
    fetches[0]?.everybody.onSent?.();
    fetches[0]?.land('value');
    expect(await Promise.all(joined)).toEqual(['value', 'value']);
    expect(looks).toBe(0);
    expect(fetches[0]?.everybody.place).toEqual({ lane: 'interactive', behind: 2 });
    // Who has something old stands in the background, wherever its operation stands.
    expect(looks).toBe(1);
  });

  it('find the latest deadline and the best place of more callers than a function takes arguments', async () => {
    const { clock, flights, fetches, callerFor, at } = createFlightsRig();
    const joined = Array.from({ length: 130_000 }, () => flights.join('a', callerFor(8_000)));
    await clock.advance(0);
    expect(fetches[0]?.everybody.deadlineMs).toBe(at(8_000));
    expect(fetches[0]?.everybody.place).toEqual({ lane: 'interactive', behind: 0 });
    fetches[0]?.land('value');
    expect(await Promise.all(joined)).toHaveLength(130_000);
  });

  it('say whether there is something old to serve: what the first who asked had', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const joined = [
      flights.join('a', callerFor(8_000)),
      flights.joinFor(300, 'a', callerFor(8_000)),
      flights.joinFor(300, 'b', callerFor(8_000)),
      flights.join('b', callerFor(8_000)),
    ];
    flights.start('c');
    await clock.advance(0);
    expect(fetches.map(({ key, everybody }) => [key, everybody.hasOld])).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
    ]);
    for (const { land } of fetches) land('value');
    expect(await Promise.all(joined)).toEqual(['value', 'value', 'value', 'value']);
  });
});

describe('flights whose callers leave', () => {
  it('start nothing for a caller that had left before it asked', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    await expect(flights.join('a', callerFor(8_000, AbortSignal.abort()))).rejects.toEqual(
      new AbandonedError(),
    );
    await clock.advance(0);
    expect(fetches).toEqual([]);
    expect(flights.has('a')).toBe(false);
  });

  it('let one go at once and go on for the others', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
    const { clock, flights, callerFor } = createFlightsRig();
    const caller = callerFor(1_000);
    const outcomes = Promise.allSettled([flights.join('a', caller), flights.join('a', caller)]);
    await clock.advance(1_000);
    const rejected = { status: 'rejected', reason: new TimedOutError(1_000) };
    expect(await outcomes).toEqual([rejected, rejected]);
  });

  it('leave no listener on a signal, however each wait ended', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
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
  const neverMs = 10_000;
  const asks = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 3_000 }),
      key: fc.constantFrom('a', 'b'),
      patienceMs: fc.integer({ min: 0, max: 3_000 }),
      leavesAfterMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(neverMs)),
      // Null where there is nothing old to serve instead.
      softWaitMs: fc.option(fc.integer({ min: 0, max: 600 })),
      isStartedBefore: fc.boolean(),
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
        async function fetch(key: string, everybody: Caller): Promise<string> {
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
        }
        const flights = createFlights({ fetch, behind: () => 0, clock });

        const signals: AbortSignal[] = [];
        const settled: string[] = [];
        for (const { atMs, key, patienceMs, leavesAfterMs, softWaitMs, isStartedBefore } of all)
          clock.after(atMs, () => {
            const leaving = new AbortController();
            signals.push(leaving.signal);
            clock.after(leavesAfterMs, () => leaving.abort());
            const deadlineMs = clock.now() + patienceMs;
            const goneMs = beganMs + atMs + leavesAfterMs;
            const softMs = beganMs + atMs + (softWaitMs ?? Number.POSITIVE_INFINITY);
            const settle = (outcome: string): void => {
              const isInTime = clock.now() <= Math.min(deadlineMs, goneMs, softMs);
              settled.push(isInTime ? outcome : `late: ${outcome}`);
            };
            if (isStartedBefore) flights.start(key);
            const caller = { deadlineMs, signal: leaving.signal };
            const landing =
              softWaitMs === null ? flights.join(key, caller) : flights.joinFor(softWaitMs, key, caller);
            landing.then(
              (value) => settle(valueName(value, key, clock.now() === softMs)),
              (error: unknown) => settle(nameOf(error, key, clock.now() === goneMs)),
            );
          });
        await clock.advance(20_000);

        expect(most).toBeLessThanOrEqual(1);
        expect(settled).toHaveLength(all.length);
        expect(
          settled.filter(
            (outcome) => !['its own', 'nothing yet', 'its failure', 'late', 'gone'].includes(outcome),
          ),
        ).toEqual([]);
        expect(clock.pending).toBe(0);
        expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  function valueName(value: string | null, key: string, isSoftEnd: boolean): string {
    if (value === null) return isSoftEnd ? 'nothing yet' : 'nothing before its wait was over';
    return value === key ? 'its own' : 'of another';
  }

  function nameOf(error: unknown, key: string, isLeaving: boolean): string {
    if (error instanceof UpstreamError) return error.message.endsWith(key) ? 'its failure' : 'of another';
    if (error instanceof AbandonedError) return isLeaving ? 'gone' : 'abandoned while waiting';
    return error instanceof TimedOutError ? 'late' : 'unknown';
  }
});

function never(): never {
  throw new TypeError('there is always one');
}
