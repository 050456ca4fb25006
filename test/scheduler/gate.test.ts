import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock.js';
import {
  AbandonedError,
  NotFoundError,
  RememberedError,
  StragglingError,
  ThrottledError,
  TooManyRequestsError,
  UpstreamError,
} from '../../src/errors.js';
import { createGate, type Gate, type GateOptions, type Wait } from '../../src/scheduler/gate.js';
import { createSlots } from '../../src/scheduler/slots.js';
import { createLatch } from '../support/latch.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';

/** The first figure a gate takes for a round trip, so that calls of this length leave it as it is. */
const roundTripMs = 250;

interface Rig {
  readonly clock: ManualClock;
  readonly gate: Gate;
  /** `<moment> <name>` of each call that was sent, counted from the start. */
  readonly sent: string[];
  /** Sends a call that is answered with its name after one round trip. */
  run(name: string, wait?: Wait): Promise<string>;
  /** As `run`, of a call that takes this long. */
  runFor(tookMs: number, name: string, wait?: Wait): Promise<string>;
  /** Moments as the rig counts them. */
  at(ms: number): number;
}

/** A gate for one call at a time in a window of a second, unless said otherwise. */
function createRig({ opensAtMs = 0, ...options }: Partial<GateOptions> & { opensAtMs?: number } = {}): Rig {
  const clock = createManualClock();
  const originMs = clock.now();
  const limit = { requests: 1, windowMs: 1_000, maxWaiting: 100, clock, ...options };
  const slots = createSlots(limit.requests, limit.windowMs);
  slots.closeUntil(opensAtMs);
  const gate = createGate({ ...limit, slots: () => slots });
  const sent: string[] = [];
  const runFor: Rig['runFor'] = (tookMs, name, wait) => {
    const call = (): Promise<string> => {
      sent.push(`${clock.now() - originMs} ${name}`);
      return new Promise((resolve) => {
        clock.after(tookMs, () => resolve(name));
      });
    };
    return wait === undefined ? gate.run(call) : gate.run(call, wait);
  };
  return {
    clock,
    gate,
    sent,
    runFor,
    run: (name, wait) => runFor(roundTripMs, name, wait),
    at: (ms) => originMs + ms,
  };
}

/** What a promise is rejected with. Undefined if it is not. */
async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('gate', () => {
  it('sends nothing before it opens, and then as many as it has slots', async () => {
    const { clock, run, sent, at } = createRig({ requests: 2, opensAtMs: 4_000 });
    const opensMs = 4_000 - at(0);
    const answers = Promise.all(['a', 'b', 'c'].map((name) => run(name)));
    await clock.advance(opensMs + 2 * roundTripMs + 1_000);
    expect(await answers).toEqual(['a', 'b', 'c']);
    expect(sent).toEqual([`${opensMs} a`, `${opensMs} b`, `${opensMs + roundTripMs + 1_000} c`]);
  });

  it('refuses at once what cannot be answered in time after it opens', async () => {
    const { run } = createRig({ opensAtMs: 4_000 });
    const error = await rejectionOf(run('a', { deadlineMs: 4_000 + roundTripMs - 7 }));
    expect(error).toEqual(new ThrottledError(7));
  });

  it('sends at once while slots are free, and then one a window after each answer', async () => {
    const { clock, run, sent } = createRig({ requests: 2 });
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => run(name)));
    await clock.advance(5_000);
    expect(sent).toEqual(['0 a', '0 b', '1250 c', '1250 d', '2500 e']);
    expect(await answers).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(clock.pending).toBe(0);
  });

  it('tells a call that has to wait how many are ahead, and no other', async () => {
    const { clock, run, gate } = createRig();
    const told: string[] = [];
    const telling = (name: string, place?: Wait['place']): Wait => ({
      place,
      onWait: (ahead) => told.push(`${name} ${ahead}`),
    });
    const answers = [run('a', telling('a')), run('b', telling('b')), run('c', telling('c'))];
    await clock.advance(10);
    expect(told).toEqual(['b 0', 'c 1']);
    answers.push(run('d', telling('d', 'urgent')), run('e', telling('e')));
    await clock.advance(10);
    expect(told).toEqual(['b 0', 'c 1', 'd 0', 'e 3']);
    expect(gate.idle()).toBe(false);
    await clock.advance(60_000);
    await Promise.all(answers);
  });

  it.each([
    ['answered', new NotFoundError(), 1_000],
    ['answered', new TooManyRequestsError('company', 5_000), 1_000],
    ['unanswered', new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }), 3_000],
    ['unanswered', new TypeError('a bug that says nothing of how far the call got'), 3_000],
    ['unsent', new RememberedError(new NotFoundError(), 5_000), 0],
    ['unsent', new UpstreamError('unauthorized', 'no token', { delivery: 'unsent' }), 0],
  ])('holds the slot of a call that ended %s with %s for %i ms', async (_delivery, error, heldMs) => {
    const { clock, gate, run, sent } = createRig();
    const failing = gate.run(() => Promise.reject(error));
    const next = run('next');
    expect(await rejectionOf(failing)).toBe(error);
    await clock.advance(10_000);
    expect(await next).toBe('next');
    expect(sent).toEqual([`${heldMs} next`]);
  });

  it('passes on what a call throws before it returns a promise, and holds its slot', async () => {
    const { clock, gate, run, sent } = createRig();
    const error = new TypeError('a bug');
    const throwing = gate.run(() => {
      throw error;
    });
    const next = run('next');
    expect(await rejectionOf(throwing)).toBe(error);
    await clock.advance(10_000);
    expect(await next).toBe('next');
    expect(sent).toEqual(['3000 next']);
  });

  it('is idle only when nothing runs, waits or is held', async () => {
    const { clock, gate, run } = createRig();
    expect(gate.idle()).toBe(true);
    const running = run('a');
    expect(gate.idle()).toBe(false);
    await clock.advance(250);
    await running;
    expect(gate.idle()).toBe(false);
    await clock.advance(999);
    expect(gate.idle()).toBe(false);
    await clock.advance(1);
    expect(gate.idle()).toBe(true);
  });

  it('is not idle while a call waits for which a slot has just become free', async () => {
    const { clock, gate, run } = createRig();
    let isIdle: boolean | undefined;
    // Set before the gate sets its own for the same moment, and so called before it.
    clock.after(1_000 + roundTripMs, () => {
      isIdle = gate.idle();
    });
    const answers = [run('a'), run('b')];
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
    expect(isIdle).toBe(false);
  });
});

describe('gate whose callers leave', () => {
  it('never sends for a caller that had left before it asked, whether there is room or not', async () => {
    const { clock, gate, run, sent } = createRig();
    const { signal, abort } = abortable();
    abort();
    expect(await rejectionOf(run('a', { signal }))).toEqual(new AbandonedError());
    expect(gate.idle()).toBe(true);
    const answer = run('b');
    expect(await rejectionOf(run('c', { signal }))).toEqual(new AbandonedError());
    await clock.advance(5_000);
    expect(await answer).toBe('b');
    expect(sent).toEqual(['0 b']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('gives the room of a caller that left before it asked to the next at once', async () => {
    const { clock, run, sent } = createRig();
    const { signal, abort } = abortable();
    abort();
    const gone = rejectionOf(run('a', { signal }));
    const answer = run('b');
    await clock.advance(250);
    expect(await gone).toEqual(new AbandonedError());
    expect(await answer).toBe('b');
    expect(sent).toEqual(['0 b']);
  });

  it('lets those behind move up at once', async () => {
    const { clock, run, sent } = createRig({ maxWaiting: 2 });
    const { signal, abort } = abortable();
    const ahead: number[] = [];
    const answers = [run('a')];
    const leaving = rejectionOf(run('b', { signal }));
    answers.push(run('c'));
    await clock.advance(0);
    abort();
    answers.push(run('d', { onWait: (waiting) => ahead.push(waiting) }));
    expect(await leaving).toEqual(new AbandonedError());
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'c', 'd']);
    expect(ahead).toEqual([1]);
    expect(sent).toEqual(['0 a', '1250 c', '2500 d']);
  });

  it('lets a call finish that was sent before its caller left', async () => {
    const { clock, run } = createRig();
    const { signal, abort } = abortable();
    const sent = run('a', { signal });
    await clock.advance(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    abort();
    await clock.advance(250);
    expect(await sent).toBe('a');
  });

  it('keeps no timer when the last of those who waited has left', async () => {
    const { clock, run } = createRig({ windowMs: 60_000 });
    const { signal, abort } = abortable();
    const first = run('a');
    await clock.advance(250);
    await first;
    const leaving = rejectionOf(run('b', { signal }));
    await clock.advance(0);
    expect(clock.pending).toBe(1);
    abort();
    expect(await leaving).toEqual(new AbandonedError());
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('keeps no process alive for those that wait', async () => {
    const clock = createManualClock();
    const importances: unknown[] = [];
    const after: Clock['after'] = (delayMs, task, importance) => {
      importances.push(importance);
      return clock.after(delayMs, task);
    };
    const timed = { now: clock.now, toDate: clock.toDate, after };
    const gate = createGate({ requests: 1, windowMs: 1_000, maxWaiting: 10, clock: timed });
    const answers = [gate.run(async () => 'a'), gate.run(async () => 'b')];
    await clock.advance(1_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b']);
    expect(new Set(importances)).toEqual(new Set(['idle']));
  });

  it('leaves no listener behind on a signal that 1,000 callers waited on', async () => {
    const { clock, run, sent } = createRig({ requests: 5, maxWaiting: 1_000 });
    const { signal, abort } = abortable();
    setMaxListeners(0, signal);
    const calls = Array.from({ length: 1_005 }, (_, index) => run(`${index}`, { signal }));
    const outcomes = Promise.allSettled(calls);
    await clock.advance(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1_000);
    abort();
    await clock.advance(250);
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
    expect(sent).toHaveLength(5);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('listens no more for those that it refused after they had waited', async () => {
    const { clock, run, runFor, at } = createRig();
    const { signal } = abortable();
    const slow = runFor(6_000, 'slow');
    const refused = rejectionOf(run('missed', { signal, deadlineMs: at(3_000) }));
    await clock.advance(10);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await clock.advance(6_000);
    expect(await refused).toBeInstanceOf(ThrottledError);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(await slow).toBe('slow');
  });
});

describe('gate with deadlines', () => {
  it('never sends a call whose deadline had passed before it asked', async () => {
    const { run, sent, at } = createRig();
    expect(await rejectionOf(run('late', { deadlineMs: at(0) }))).toBeInstanceOf(ThrottledError);
    expect(sent).toEqual([]);
  });

  it('sends what can go at once however little time is left', async () => {
    const { clock, run, at } = createRig();
    const answer = run('hasty', { deadlineMs: at(1) });
    await clock.advance(250);
    expect(await answer).toBe('hasty');
  });

  it('lets a call wait that just makes its deadline, and refuses one that would miss it by a millisecond', async () => {
    const { clock, run, sent, at } = createRig({ opensAtMs: 3_000 });
    const opensMs = 3_000 - at(0);
    const just = run('just', { deadlineMs: 3_000 + roundTripMs });
    const refused = run('missed', { deadlineMs: 3_000 + roundTripMs + 1_250 - 1 });
    expect(await rejectionOf(refused)).toEqual(new ThrottledError(1));
    await clock.advance(5_000);
    expect(await just).toBe('just');
    expect(sent).toEqual([`${opensMs} just`]);
  });

  it('counts the longest that calls may well take, as far as they have been measured', async () => {
    const { clock, run, runFor, at } = createRig();
    const slow = runFor(1_000, 'slow');
    await clock.advance(2_000);
    await slow;
    const first = run('first');
    await clock.advance(0);
    // It starts one round trip and one window later, and may well take twice as long as the one that was measured.
    const refused = run('missed', { deadlineMs: at(2_000 + 2_000 + 2_000 - 1) });
    expect(await rejectionOf(refused)).toEqual(new ThrottledError(1));
    const waits = run('just', { deadlineMs: at(2_000 + 2_000 + 2_000) });
    await clock.advance(5_000);
    expect(await Promise.all([first, waits])).toEqual(['first', 'just']);
  });

  it.each([
    ['unsent', new UpstreamError('unauthorized', 'no token', { delivery: 'unsent' })],
    ['unanswered', new UpstreamError('unanswered', 'out of time', { delivery: 'unanswered' })],
  ])('learns nothing of the round trip from an %s call', async (_delivery, error) => {
    const { clock, gate, run, at } = createRig();
    const failing = rejectionOf(
      gate.run(
        () =>
          new Promise((_, reject) => {
            clock.after(7_000, () => reject(error));
          }),
      ),
    );
    await clock.advance(10_000);
    expect(await failing).toBe(error);
    expect(gate.paceMs()).toBe(1_000 + roundTripMs);
    const first = run('a');
    const missed = run('b', { deadlineMs: at(10_000) + 1_000 + 2 * roundTripMs - 7 });
    expect(await rejectionOf(missed)).toEqual(new ThrottledError(7));
    await clock.advance(250);
    expect(await first).toBe('a');
  });

  it('learns how far apart calls leave', async () => {
    const { clock, gate, runFor } = createRig({ requests: 5 });
    expect(gate.paceMs()).toBe((1_000 + roundTripMs) / 5);
    const answer = runFor(750, 'a');
    await clock.advance(750);
    await answer;
    expect(gate.paceMs()).toBe(350);
  });

  it.each([
    { name: 'urgent ones', place: 'urgent' as const, failure: null },
    {
      name: 'those that hung in the middle of an answer',
      place: undefined,
      failure: new UpstreamError('unanswered', 'out of time', { delivery: 'answered' }),
    },
    {
      name: 'those that were not answered',
      place: undefined,
      failure: new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }),
    },
  ])('learns nothing from $name', async ({ place, failure }) => {
    const { clock, gate } = createRig({ requests: 5 });
    const call = gate.run(
      () =>
        new Promise<void>((resolve, reject) => {
          clock.after(900, failure === null ? resolve : () => reject(failure));
        }),
      { place },
    );
    const settled = rejectionOf(call);
    await clock.advance(900);
    expect(await settled).toBe(failure ?? undefined);
    expect(gate.paceMs()).toBe((1_000 + roundTripMs) / 5);
  });

  it('refuses a waiting call when its turn comes too late, and sends the next', async () => {
    const { clock, run, runFor, sent, at } = createRig();
    const answers = [runFor(6_000, 'slow'), run('patient')];
    const refused = rejectionOf(run('missed', { deadlineMs: at(3_000) }));
    answers.push(run('last'));
    await clock.advance(20_000);
    expect(await refused).toBeInstanceOf(ThrottledError);
    expect(await Promise.all(answers)).toEqual(['slow', 'patient', 'last']);
    // The slow call has raised the measured round trip, which leaves the slots as they are.
    expect(sent).toEqual(['0 slow', '7000 patient', '8250 last']);
  });

  it('reads a deadline again when it matters, because it may have moved further off', async () => {
    const { clock, run, runFor, at } = createRig();
    const slow = runFor(6_000, 'slow');
    const moving = { deadlineMs: at(3_000) };
    const waiting = run('joined by others', moving);
    await clock.advance(1_000);
    moving.deadlineMs = at(60_000);
    await clock.advance(20_000);
    expect(await Promise.all([slow, waiting])).toEqual(['slow', 'joined by others']);
  });

  it('is not shut for good by a spell of round trips longer than any deadline', async () => {
    const { clock, run, runFor, at } = createRig();
    const patienceMs = 8_000;
    for (let index = 0; index < 20; index += 1) {
      const slow = runFor(9_000, 'slow', { deadlineMs: clock.now() + patienceMs });
      await clock.advance(10_000);
      expect(await slow).toBe('slow');
    }
    const deadlineMs = at(200_000) + patienceMs;
    const answers = [run('first', { deadlineMs })];
    const refused = rejectionOf(run('second', { deadlineMs }));
    await clock.advance(250);
    expect(await refused).toBeInstanceOf(ThrottledError);
    for (let index = 0; index < 30; index += 1) {
      await clock.advance(1_250);
      answers.push(run('one at a time', { deadlineMs: clock.now() + patienceMs }));
    }
    answers.push(run('waiting again', { deadlineMs: clock.now() + patienceMs }));
    await clock.advance(1_250 + 250);
    expect(await Promise.all(answers)).toHaveLength(32);
  });
});

describe('gate with a full queue', () => {
  it('refuses the next until there is room again', async () => {
    const { clock, run, sent } = createRig({ maxWaiting: 2 });
    const answers = [run('a'), run('b'), run('c')];
    await clock.advance(100);
    expect(await rejectionOf(run('d'))).toEqual(new ThrottledError(1_150));
    await clock.advance(1_150);
    answers.push(run('e'));
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'e']);
    expect(sent).toEqual(['0 a', '1250 b', '2500 c', '3750 e']);
  });

  it('does not promise room to one that could not make its deadline then either', async () => {
    const { clock, run, at } = createRig({ maxWaiting: 2 });
    const answers = [run('a'), run('b'), run('c')];
    const refused = run('d', { deadlineMs: at(500) });
    expect(await rejectionOf(refused)).toEqual(new ThrottledError(3_750 + 250 - 500));
    await clock.advance(5_000);
    await Promise.all(answers);
  });

  it('lets the urgent wait all the same, ahead of all others', async () => {
    const { clock, run, sent } = createRig({ maxWaiting: 1 });
    const answers = [run('a'), run('b')];
    await clock.advance(0);
    answers.push(run('u', { place: 'urgent' }), run('v', { place: 'urgent' }));
    expect(await rejectionOf(run('c'))).toEqual(new ThrottledError(3_750));
    await clock.advance(10_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'u', 'v']);
    expect(sent).toEqual(['0 a', '1250 u', '2500 v', '3750 b']);
  });

  it('without a queue refuses whatever cannot go at once, and says when it can', async () => {
    const { clock, run } = createRig({ requests: 2, maxWaiting: 0, windowMs: 60_000 });
    const answers = [run('a')];
    await clock.advance(10_000);
    answers.push(run('b'));
    await clock.advance(10_000);
    expect(await rejectionOf(run('c'))).toEqual(new ThrottledError(60_250 - 20_000));
    await clock.advance(60_250 - 20_000);
    answers.push(run('d'));
    await clock.advance(250);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'd']);
  });

  it('tells those that it refuses the moment that they were given to come back', async () => {
    const { clock, run } = createRig({ maxWaiting: 0 });
    const answer = run('a');
    const comeBack = (retryAfterMs: number): number => 10 * retryAfterMs;
    expect(await rejectionOf(run('b', { comeBack }))).toEqual(new ThrottledError(12_500));
    await clock.advance(250);
    await answer;
  });
});

describe('gate in a pause', () => {
  const failing = new UpstreamError('failing', 'answered 503', { delivery: 'answered' });
  const limit = new TooManyRequestsError('company', null);

  it('sends nothing, not even what is urgent, and then goes on', async () => {
    const { clock, gate, run, sent } = createRig({ requests: 2 });
    gate.pause(3_000, failing);
    const answers = [run('a'), run('b', { place: 'urgent' }), run('c')];
    await clock.advance(10_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
    expect(sent).toEqual(['3000 b', '3000 a', '4250 c']);
  });

  it('refuses at once who cannot make it, those who wait, too, and with the cause of the pause', async () => {
    const { clock, gate, run, at } = createRig();
    const answer = run('a');
    const waiting = rejectionOf(run('b', { deadlineMs: at(2_000) }));
    await clock.advance(250);
    expect(await answer).toBe('a');
    gate.pause(3_000, failing);
    expect(await waiting).toEqual(new RememberedError(failing, 1_500));
    const comeBack = (): number => 60_000;
    const refused = await rejectionOf(run('c', { deadlineMs: at(2_250), comeBack }));
    expect(refused).toEqual(new RememberedError(failing, 1_500));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unsent', cause: failing });
  });

  it('refuses for want of room when the cause is a limit, and gives each its moment to come back', async () => {
    const { gate, run, at } = createRig();
    gate.pause(3_000, limit);
    const comeBack = (retryAfterMs: number): number => retryAfterMs + 60_000;
    expect(await rejectionOf(run('a', { deadlineMs: at(1_000) }))).toEqual(new ThrottledError(2_250));
    expect(await rejectionOf(run('b', { deadlineMs: at(1_000), comeBack }))).toEqual(
      new ThrottledError(62_250),
    );
  });

  it('takes the one of several that ends last, whichever began last', async () => {
    const { clock, gate, run, sent, at } = createRig();
    gate.pause(3_000, failing);
    gate.pause(1_000, limit);
    const answer = run('a');
    expect(await rejectionOf(run('b', { deadlineMs: at(0) + 500 }))).toBeInstanceOf(RememberedError);
    await clock.advance(2_000);
    gate.pause(5_000, limit);
    expect(await rejectionOf(run('c', { deadlineMs: clock.now() + 500 }))).toBeInstanceOf(ThrottledError);
    await clock.advance(10_000);
    expect(await answer).toBe('a');
    expect(sent).toEqual(['7000 a']);
  });

  it('has forgotten the cause when the pause is over', async () => {
    const { clock, gate, run } = createRig();
    gate.pause(3_000, failing);
    await clock.advance(3_000);
    const answer = run('a');
    const refused = await rejectionOf(run('b', { deadlineMs: clock.now() + 500 }));
    expect(refused).toBeInstanceOf(ThrottledError);
    await clock.advance(250);
    expect(await answer).toBe('a');
  });

  it('is not idle before it is over', async () => {
    const { clock, gate } = createRig();
    gate.pause(3_000, limit);
    await clock.advance(2_999);
    expect(gate.idle()).toBe(false);
    await clock.advance(1);
    expect(gate.idle()).toBe(true);
  });
});

describe('gate that holds calls back', () => {
  it('sends only what is urgent until it is told that it may go on', async () => {
    let isHeldBack = true;
    const { clock, gate, run, sent } = createRig({ requests: 3, isHeldBack: () => isHeldBack });
    const answers = [run('a'), run('b', { place: { lane: 'background', behind: 0 } }), run('c')];
    answers.push(run('token', { place: 'urgent' }));
    await clock.advance(500);
    isHeldBack = false;
    gate.resume();
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'token']);
    expect(sent).toEqual(['0 token', '500 a', '500 c', '1750 b']);
  });

  it('refuses at once who cannot wait for one more round trip', async () => {
    const { clock, gate, run, at } = createRig({ isHeldBack: () => true });
    const missed = run('a', { deadlineMs: at(2 * roundTripMs - 7) });
    expect(await rejectionOf(missed)).toEqual(new ThrottledError(7));
    const { signal, abort } = abortable();
    const waiting = rejectionOf(run('b', { deadlineMs: at(2 * roundTripMs), signal }));
    await clock.advance(0);
    expect(gate.idle()).toBe(false);
    abort();
    expect(await waiting).toEqual(new AbandonedError());
  });
});

describe('gate that many ask at once', () => {
  it('looks only once who may go, and puts them in order first', async () => {
    const { clock, run, sent } = createRig();
    const answers = [run('background', { place: { lane: 'background', behind: 0 } })];
    answers.push(run('second', { place: { lane: 'interactive', behind: 1 } }), run('first'));
    answers.push(run('urgent', { place: 'urgent' }));
    await clock.advance(10_000);
    await Promise.all(answers);
    expect(sent).toEqual(['0 urgent', '1250 first', '2500 second', '3750 background']);
  });

  it('reads a place again when it matters, because it may have moved', async () => {
    const { clock, run, sent } = createRig();
    const moving: { place: Wait['place'] } = { place: { lane: 'background', behind: 0 } };
    const answers = [run('a'), run('b'), run('moving', moving)];
    await clock.advance(100);
    moving.place = 'urgent';
    await clock.advance(10_000);
    await Promise.all(answers);
    expect(sent).toEqual(['0 a', '1250 moving', '2500 b']);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe('gate after a call that the upstream may yet read', () => {
  const withinMs = 20_000;

  async function startStraggling(): Promise<Rig & { readonly end: () => void }> {
    const rig = createRig();
    const connection = createLatch();
    const straggler = new StragglingError(
      withinMs,
      connection.opened.then(() => undefined),
    );
    const call = rejectionOf(rig.gate.run(() => Promise.reject(straggler)));
    await rig.clock.advance(0);
    expect(await call).toBe(straggler);
    return { ...rig, end: connection.open };
  }

  it('holds its slot until its connection has ended, and for a straggler after that', async () => {
    const { clock, run, sent, end } = await startStraggling();
    const next = run('next');
    await clock.advance(5_000);
    end();
    await clock.advance(2_999);
    expect(sent).toEqual([]);
    await clock.advance(1 + roundTripMs);
    expect(await next).toBe('next');
    expect(sent).toEqual(['8000 next']);
  });

  it('holds its slot no longer than its connection can last', async () => {
    const { clock, run, sent } = await startStraggling();
    const next = run('next');
    await clock.advance(withinMs + 3_000 + roundTripMs);
    expect(await next).toBe('next');
    expect(sent).toEqual([`${withinMs + 3_000} next`]);
  });

  it('refuses at once whom its slot will come too late for, and says when it will not', async () => {
    const { run, at } = await startStraggling();
    const error = await rejectionOf(run('next', { deadlineMs: at(8_000) }));
    expect(error).toEqual(new ThrottledError(withinMs + 3_000 + roundTripMs - 8_000));
  });

  it('frees nothing that somebody else has taken by then', async () => {
    const { clock, run, runFor, sent, end } = await startStraggling();
    const late = runFor(60_000, 'late');
    await clock.advance(withinMs + 3_000);
    end();
    const next = run('next');
    await clock.advance(60_000 + 1_000 + roundTripMs);
    expect(await Promise.all([late, next])).toEqual(['late', 'next']);
    expect(sent).toEqual([`${withinMs + 3_000} late`, `${withinMs + 3_000 + 61_000} next`]);
  });
});
