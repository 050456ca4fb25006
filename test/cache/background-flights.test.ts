import { describe, expect, it } from 'vitest';
import { createFlights } from '../../src/cache/flights.js';
import { AbandonedError, TimedOutError, UpstreamError } from '../../src/errors.js';
import type { Caller } from '../../src/usage.js';
import { createFlightsRig } from '../support/flights-rig.js';
import { createManualClock } from '../support/manual-clock.js';

/** Where `a` stands when nobody waits. */
const background = { lane: 'background', behind: -7 };

describe('flights for callers that have something old', () => {
  it('bring the new value when it comes soon enough', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const soon = flights.joinFor(300, 'a', callerFor(8_000));
    await clock.advance(299);
    fetches[0]?.land('new');
    expect(await soon).toBe('new');
    expect(clock.pending).toBe(0);
  });

  it('keep no caller longer than that, and go on in the background, where they were from the start', async () => {
    const { clock, flights, fetches, callerFor, at } = createFlightsRig();
    const soon = flights.joinFor(300, 'a', callerFor(8_000, undefined, 3));
    await clock.advance(299);
    const everybody = fetches[0]?.everybody;
    expect(everybody?.deadlineMs).toBe(at(8_000));
    expect(everybody?.place).toEqual(background);
    await clock.advance(1);
    expect(await soon).toBe(null);
    expect(flights.has('a')).toBe(true);
    expect(everybody?.deadlineMs).toBe(Number.POSITIVE_INFINITY);
    await clock.advance(7_700);
    expect(everybody?.place).toEqual(background);
    expect(everybody?.deadlineMs).toBe(Number.POSITIVE_INFINITY);
    expect(everybody?.signal?.aborted).toBe(false);
    expect(clock.pending).toBe(0);
    fetches[0]?.land('new');
    await clock.advance(0);
    expect(flights.has('a')).toBe(false);
    expect(fetches).toHaveLength(1);
  });

  it('fail as the fetch does while they wait, and tell them nothing afterwards', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const error = new UpstreamError('failing', 'answered 500', { delivery: 'answered' });
    const failed = expect(flights.joinFor(300, 'a', callerFor(8_000))).rejects.toBe(error);
    const served = flights.joinFor(300, 'b', callerFor(8_000));
    await clock.advance(200);
    fetches[0]?.crash(error);
    await failed;
    await clock.advance(100);
    fetches[1]?.crash(error);
    expect(await served).toBe(null);
    await clock.advance(0);
    expect([flights.has('a'), flights.has('b'), clock.pending]).toEqual([false, false, 0]);
  });

  it.each([
    { deadlineMs: 100, waitMs: 300 },
    { deadlineMs: 300, waitMs: 300 },
  ])('keep a caller no longer than its own deadline: $deadlineMs ms of $waitMs', async (given) => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const late = expect(flights.joinFor(given.waitMs, 'a', callerFor(given.deadlineMs))).rejects.toEqual(
      new TimedOutError(1_000),
    );
    await clock.advance(given.deadlineMs);
    await late;
    expect(fetches[0]?.everybody.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('are dropped with a caller that leaves meanwhile, if they were not sent and nobody else waits', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const leaving = new AbortController();
    const gone = ['a', 'b', 'c'].map((key) => flights.joinFor(300, key, callerFor(8_000, leaving.signal)));
    const left = Promise.allSettled(gone);
    const staying = flights.joinFor(300, 'b', callerFor(8_000));
    await clock.advance(299);
    fetches[2]?.everybody.onSent?.();
    leaving.abort();
    const rejected = { status: 'rejected', reason: new AbandonedError() };
    expect(await left).toEqual([rejected, rejected, rejected]);
    expect(fetches.map(({ everybody }) => everybody.signal?.aborted)).toEqual([true, false, false]);
    expect(['a', 'b', 'c'].map(flights.has)).toEqual([false, true, true]);
    fetches[1]?.land('new');
    expect(await staying).toBe('new');
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('go on when a caller leaves that has been served already', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    const leaving = new AbortController();
    const served = flights.joinFor(300, 'a', callerFor(8_000, leaving.signal));
    await clock.advance(300);
    expect(await served).toBe(null);
    leaving.abort();
    expect(fetches[0]?.everybody.signal?.aborted).toBe(false);
    expect(fetches[0]?.everybody.place).toEqual(background);
    expect(flights.has('a')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('start nothing for a caller that had left before it asked', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    await expect(flights.joinFor(300, 'a', callerFor(8_000, AbortSignal.abort()))).rejects.toEqual(
      new AbandonedError(),
    );
    await clock.advance(0);
    expect(fetches).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('tell one that listens late that nobody waits any more', async () => {
    const clock = createManualClock();
    let everybody: Caller | undefined;
    const flights = createFlights<string, string>({
      fetch: (_key, caller) => {
        everybody = caller;
        return new Promise(() => undefined);
      },
      behind: () => 0,
      clock,
    });
    const late = flights.join('a', { deadlineMs: 2_000 }).catch(() => undefined);
    await clock.advance(1_000);
    await late;
    expect(everybody?.signal?.aborted).toBe(true);
  });
});

describe('flights in the background', () => {
  it('have no deadline, and the place of their key', async () => {
    const { clock, flights, fetches } = createFlightsRig();
    flights.start('a');
    flights.start('b');
    expect(flights.has('a')).toBe(true);
    await clock.advance(0);
    expect(fetches.map(({ everybody }) => [everybody.deadlineMs, everybody.place])).toEqual([
      [Number.POSITIVE_INFINITY, background],
      [Number.POSITIVE_INFINITY, { lane: 'background', behind: 0 }],
    ]);
    expect(clock.pending).toBe(0);
    fetches[0]?.land('new');
    fetches[1]?.crash(new TypeError('nobody hears this'));
    await clock.advance(0);
    expect([flights.has('a'), flights.has('b')]).toEqual([false, false]);
  });

  it('are not started for a key that is on its way', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    flights.start('a');
    flights.start('a');
    const waiting = flights.join('b', callerFor(8_000));
    flights.start('b');
    await clock.advance(0);
    expect(fetches.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(fetches[1]?.everybody.deadlineMs).toBe(9_000);
    fetches[1]?.land('value');
    expect(await waiting).toBe('value');
  });

  it.each([
    { wait: 'until its deadline', leavesMs: null, waitMs: 1_000 },
    { wait: 'until it goes away', leavesMs: 400, waitMs: 400 },
  ])('are lifted by one who joins for as long as that waits, $wait', async ({ leavesMs, waitMs }) => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    flights.start('a');
    await clock.advance(100);
    const everybody = fetches[0]?.everybody;
    const leaving = new AbortController();
    if (leavesMs !== null) clock.after(leavesMs, () => leaving.abort());
    const joining = flights.join('a', callerFor(1_000, leaving.signal, 5)).catch((error: unknown) => error);
    expect(everybody?.place).toEqual({ lane: 'interactive', behind: 5 });
    await clock.advance(waitMs - 1);
    expect(everybody?.place).toEqual({ lane: 'interactive', behind: 5 });
    await clock.advance(1);
    expect(await joining).toBeInstanceOf(leavesMs === null ? TimedOutError : AbandonedError);
    expect(everybody?.place).toEqual(background);
    expect(everybody?.signal?.aborted).toBe(false);
    expect(flights.has('a')).toBe(true);
    fetches[0]?.land('new');
    await clock.advance(0);
    expect(fetches).toHaveLength(1);
  });

  it('bring their value to whoever joins', async () => {
    const { clock, flights, fetches, callerFor } = createFlightsRig();
    flights.start('a');
    await clock.advance(0);
    const joined = [flights.join('a', callerFor(8_000)), flights.joinFor(300, 'a', callerFor(8_000))];
    fetches[0]?.land('new');
    expect(await Promise.all(joined)).toEqual(['new', 'new']);
    expect(fetches).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
