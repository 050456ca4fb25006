import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbandonedError, NotFoundError, ThrottledError, UpstreamError } from '../../src/errors.js';
import { createGate, type Gate, type GateOptions, type Wait } from '../../src/scheduler/gate.js';
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
function createRig(options: Partial<GateOptions> = {}): Rig {
  const clock = createManualClock();
  const originMs = clock.now();
  const gate = createGate({ requests: 1, windowMs: 1_000, maxWaiting: 100, clock, ...options });
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
    const error = await rejectionOf(run('a', { deadlineMs: 4_000 + roundTripMs - 1 }));
    expect(error).toEqual(new ThrottledError('gateway', 1));
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
    const telling = (name: string, urgent = false): Wait => ({
      urgent,
      onWait: (ahead) => told.push(`${name} ${ahead}`),
    });
    const answers = [
      run('a', telling('a')),
      run('b', telling('b')),
      run('c', telling('c')),
      run('d', telling('d', true)),
      run('e', telling('e')),
      run('f', telling('f', true)),
    ];
    expect(told).toEqual(['b 0', 'c 1', 'd 0', 'e 3', 'f 1']);
    expect(gate.idle()).toBe(false);
    await clock.advance(60_000);
    await Promise.all(answers);
  });

  it.each([
    ['answered', new NotFoundError(), 1_000],
    ['answered', new ThrottledError('upstream', 5_000), 1_000],
    ['unanswered', new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }), 3_000],
    ['unanswered', new TypeError('a bug that says nothing of how far the call got'), 3_000],
    ['unsent', new ThrottledError('gateway', 5_000), 0],
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
  it('never sends for a caller that had left before it asked', async () => {
    const { gate, run, sent } = createRig();
    const { signal, abort } = abortable();
    abort();
    expect(await rejectionOf(run('a', { signal }))).toEqual(new AbandonedError());
    expect(sent).toEqual([]);
    expect(gate.idle()).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('lets those behind move up at once', async () => {
    const { clock, run, sent } = createRig();
    const { signal, abort } = abortable();
    const ahead: number[] = [];
    const answers = [run('a')];
    const leaving = run('b', { signal });
    answers.push(run('c'));
    abort();
    answers.push(run('d', { onWait: (waiting) => ahead.push(waiting) }));
    expect(await rejectionOf(leaving)).toEqual(new AbandonedError());
    expect(ahead).toEqual([1]);
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'c', 'd']);
    expect(sent).toEqual(['0 a', '1250 c', '2500 d']);
  });

  it('lets a call finish that was sent before its caller left', async () => {
    const { clock, run } = createRig();
    const { signal, abort } = abortable();
    const sent = run('a', { signal });
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
    const leaving = run('b', { signal });
    expect(clock.pending).toBe(1);
    abort();
    expect(await rejectionOf(leaving)).toEqual(new AbandonedError());
    expect(clock.pending).toBe(0);
  });

  it('leaves no listener behind on a signal that 1,000 callers waited on', async () => {
    const { clock, run, sent } = createRig({ requests: 5, maxWaiting: 1_000 });
    const { signal, abort } = abortable();
    setMaxListeners(0, signal);
    const calls = Array.from({ length: 1_005 }, (_, index) => run(`${index}`, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1_000);
    abort();
    const outcomes = Promise.allSettled(calls);
    await clock.advance(250);
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1_000);
    expect(sent).toHaveLength(5);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('gate with deadlines', () => {
  it('never sends a call whose deadline had passed before it asked', async () => {
    const { run, sent, at } = createRig();
    expect(await rejectionOf(run('late', { deadlineMs: at(0) }))).toEqual(new ThrottledError('gateway', 1));
    expect(sent).toEqual([]);
  });

  it('sends what can go at once however little time is left', async () => {
    const { clock, run, at } = createRig();
    const answer = run('hasty', { deadlineMs: at(1) });
    await clock.advance(250);
    expect(await answer).toBe('hasty');
  });

  it('lets a call wait that just makes its deadline, and refuses one that would miss it by a millisecond', async () => {
    const { clock, run, sent, at } = createRig();
    const answers = [run('first'), run('just', { deadlineMs: at(1_500) })];
    const refused = run('missed', { deadlineMs: at(2_749) });
    expect(await rejectionOf(refused)).toEqual(new ThrottledError('gateway', 1));
    answers.push(run('just too', { deadlineMs: at(2_750) }));
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['first', 'just', 'just too']);
    expect(sent).toEqual(['0 first', '1250 just', '2500 just too']);
  });

  it('counts from now for a caller whose deadline has passed', async () => {
    const { clock, run, at } = createRig();
    const first = run('first');
    await clock.advance(500);
    await first;
    expect(await rejectionOf(run('late', { deadlineMs: at(400) }))).toEqual(
      new ThrottledError('gateway', 1_000),
    );
    const never = run('never', { deadlineMs: Number.NEGATIVE_INFINITY });
    expect(await rejectionOf(never)).toEqual(new ThrottledError('gateway', 1_000));
  });

  it('follows the round trips of answered calls, by a fifth of each difference', async () => {
    const { clock, run, runFor, at } = createRig();
    const answers = [runFor(1_250, 'slow')];
    await clock.advance(2_250);
    answers.push(run('a'));
    const refused = run('b', { deadlineMs: at(2_250) });
    const measuredMs = roundTripMs + (1_250 - roundTripMs) / 5;
    expect(await rejectionOf(refused)).toEqual(new ThrottledError('gateway', 1_000 + 2 * measuredMs));
    await clock.advance(250);
    expect(await Promise.all(answers)).toEqual(['slow', 'a']);
  });

  it.each([
    ['unsent', new UpstreamError('unauthorized', 'no token', { delivery: 'unsent' })],
    ['unanswered', new UpstreamError('unanswered', 'out of time', { delivery: 'unanswered' })],
  ])('learns nothing of the round trip from an %s call', async (_delivery, error) => {
    const { clock, gate, run, at } = createRig();
    const failing = gate.run(
      () =>
        new Promise((_, reject) => {
          clock.after(7_000, () => reject(error));
        }),
    );
    const failed = rejectionOf(failing);
    await clock.advance(10_000);
    expect(await failed).toBe(error);
    const first = run('a');
    expect(await rejectionOf(run('b', { deadlineMs: at(10_000) }))).toEqual(
      new ThrottledError('gateway', 1_000 + 2 * roundTripMs),
    );
    await clock.advance(250);
    expect(await first).toBe('a');
  });

  it('refuses a waiting call when its turn comes too late, and sends the next', async () => {
    const { clock, run, runFor, sent, at } = createRig();
    const answers = [runFor(6_000, 'slow'), run('patient')];
    const refused = rejectionOf(run('missed', { deadlineMs: at(3_000) }));
    answers.push(run('last'));
    await clock.advance(20_000);
    expect(await refused).toMatchObject({ source: 'gateway', delivery: 'unsent' });
    expect(await Promise.all(answers)).toEqual(['slow', 'patient', 'last']);
    // The slow call has raised the measured round trip, which leaves the slots as they are.
    expect(sent).toEqual(['0 slow', '7000 patient', '8250 last']);
  });

  it('tells a call whose turn comes too late when it could be answered after all who go before it', async () => {
    const { clock, run, runFor, at } = createRig();
    const answers = [runFor(6_000, 'slow')];
    const refused = run('missed', { deadlineMs: at(3_000), urgent: true });
    const refusedToo = run('missed too', { deadlineMs: at(4_000) });
    const rejections = Promise.all([rejectionOf(refused), rejectionOf(refusedToo)]);
    answers.push(run('patient'));
    await clock.advance(20_000);
    expect(await rejections).toEqual([
      new ThrottledError('gateway', 1_000 + roundTripMs),
      new ThrottledError('gateway', 2 * (1_000 + roundTripMs)),
    ]);
    expect(await Promise.all(answers)).toEqual(['slow', 'patient']);
  });

  it('reads a deadline again when it matters, because it may have moved further off', async () => {
    const { clock, run, runFor, at } = createRig();
    const slow = runFor(6_000, 'slow');
    const moving = { deadlineMs: at(3_000) };
    const waiting = run('joined by others', moving);
    await clock.advance(1_000);
    moving.deadlineMs = at(9_000);
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
    const refused = run('second', { deadlineMs });
    expect(await rejectionOf(refused)).toBeInstanceOf(ThrottledError);
    await clock.advance(250);
    for (let index = 0; index < 20; index += 1) {
      await clock.advance(1_250);
      answers.push(run('one at a time', { deadlineMs: clock.now() + patienceMs }));
    }
    answers.push(run('waiting again', { deadlineMs: clock.now() + patienceMs }));
    await clock.advance(1_250 + 250);
    expect(await Promise.all(answers)).toHaveLength(22);
  });
});

describe('gate with a full queue', () => {
  it('refuses the next until there is room again', async () => {
    const { clock, run, sent } = createRig({ maxWaiting: 2 });
    const answers = [run('a'), run('b'), run('c')];
    await clock.advance(100);
    expect(await rejectionOf(run('d'))).toEqual(new ThrottledError('gateway', 1_150));
    await clock.advance(1_150);
    answers.push(run('e'));
    await clock.advance(5_000);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'e']);
    expect(sent).toEqual(['0 a', '1250 b', '2500 c', '3750 e']);
  });

  it('does not promise room to one that could not make its deadline then either', async () => {
    const { clock, run, at } = createRig({ maxWaiting: 2 });
    const answers = [run('a'), run('b'), run('c')];
    expect(await rejectionOf(run('d', { deadlineMs: at(500) }))).toEqual(
      new ThrottledError('gateway', 3_750 + 250 - 500),
    );
    await clock.advance(5_000);
    await Promise.all(answers);
  });

  it('lets the urgent wait all the same, ahead of all others', async () => {
    const { clock, run, sent } = createRig({ maxWaiting: 1 });
    const answers = [run('a'), run('b'), run('u', { urgent: true }), run('v', { urgent: true })];
    expect(await rejectionOf(run('c'))).toEqual(new ThrottledError('gateway', 3_750));
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
    expect(await rejectionOf(run('c'))).toEqual(new ThrottledError('gateway', 60_250 - 20_000));
    await clock.advance(60_250 - 20_000);
    answers.push(run('d'));
    await clock.advance(250);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'd']);
  });
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
