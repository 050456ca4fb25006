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
} from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import type { Iccid } from '../../src/iccid.js';
import { createGate } from '../../src/scheduler/gate.js';
import { createScheduler } from '../../src/scheduler/scheduler.js';
import type { Caller, UsageReading, UsageSource } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { readingOf } from '../support/readings.js';
import { refusalOf } from '../support/refusal.js';

const companyWindowMs = 1_000;
const iccidWindowMs = 60_000;

interface Rig {
  readonly clock: ManualClock;
  readonly scheduler: UsageSource;
  /** What was sent to the upstream. */
  readonly sent: { readonly iccid: Iccid; readonly atMs: number }[];
  readonly events: UsageEvent[];
  /** How many gates of one ICCID were ever made. */
  readonly gatesMade: () => number;
  /** How often one of them was asked. */
  readonly gatesAsked: () => number;
  /** Someone who waits for that long. */
  callerFor(patienceMs: number): Caller;
}

interface RigOptions {
  readonly companyRequests?: number;
  readonly maxWaiting?: number;
  readonly roundTripMs?: number;
  readonly outcomeOf?: (iccid: Iccid, nowMs: number) => UsageReading;
}

/** What is told when it is an ICCID's turn. */
function turn(iccid: Iccid, waitedMs = 0): UsageEvent {
  return { type: 'scheduler.turn', iccid, waitedMs };
}

/** The scheduler with real gates in front of an upstream that answers after one round trip. */
function createRig({
  companyRequests = 5,
  maxWaiting = 1_000,
  roundTripMs = 250,
  outcomeOf = readingOf,
}: RigOptions = {}): Rig {
  const clock = createManualClock();
  const sent: { iccid: Iccid; atMs: number }[] = [];
  const events: UsageEvent[] = [];
  let gatesMade = 0;
  let gatesAsked = 0;
  const scheduler = createScheduler({
    source: {
      async read(iccid) {
        sent.push({ iccid, atMs: clock.now() });
        await new Promise<void>((resolve) => {
          clock.after(roundTripMs, resolve);
        });
        return outcomeOf(iccid, clock.now());
      },
    },
    company: createGate({ requests: companyRequests, windowMs: companyWindowMs, maxWaiting, clock }),
    createIccidGate() {
      gatesMade += 1;
      const gate = createGate({ requests: 10, windowMs: iccidWindowMs, maxWaiting, clock });
      return {
        ...gate,
        run(call, wait) {
          gatesAsked += 1;
          return gate.run(call, wait);
        },
      };
    },
    clock,
    report: (event) => events.push(event),
  });
  return {
    clock,
    scheduler,
    sent,
    events,
    gatesMade: () => gatesMade,
    gatesAsked: () => gatesAsked,
    callerFor: (patienceMs) => ({ deadlineMs: clock.now() + patienceMs }),
  };
}

const [first, second] = [iccidNumber(1), iccidNumber(2)];

describe('scheduler', () => {
  it('passes on what is read, and whom it is read for', async () => {
    const clock = createManualClock();
    const asked: { iccid: Iccid; caller: Caller }[] = [];
    const gate = () => createGate({ requests: 1, windowMs: 1_000, maxWaiting: 0, clock });
    const scheduler = createScheduler({
      source: {
        async read(iccid, caller) {
          asked.push({ iccid, caller });
          return readingOf(iccid, 1_250);
        },
      },
      company: gate(),
      createIccidGate: gate,
      clock,
      report: () => undefined,
    });
    const caller: Caller = { deadlineMs: 9_000, onSent: () => undefined };
    expect(await scheduler.read(first, caller)).toEqual(readingOf(first, 1_250));
    expect(asked).toEqual([{ iccid: first, caller }]);
    expect(asked[0]?.caller).toBe(caller);
  });

  it.each([
    new NotFoundError(),
    new UpstreamError('failing', 'answered 500', { delivery: 'answered', retryAfterMs: 5_000 }),
    new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' }),
    new TypeError('a bug of ours'),
  ])('passes on that the read failed with %s and reports no more than its turn', async (error) => {
    const { clock, scheduler, callerFor, events } = createRig({ outcomeOf: failWith(error) });
    const failed = expect(scheduler.read(first, callerFor(8_000))).rejects.toBe(error);
    await clock.advance(250);
    await failed;
    expect(events).toEqual([turn(first)]);
  });

  it('lets one ICCID through 10 times in any minute, while the others go on', async () => {
    const { clock, scheduler, sent, callerFor } = createRig();
    const day = 24 * 60 * 60_000;
    const reads = [scheduler.read(first, callerFor(day))];
    await clock.advance(0);
    reads.push(...Array.from({ length: 24 }, () => scheduler.read(first, callerFor(day))));
    await clock.advance(10_000);
    const others = scheduler.read(second, callerFor(1_000));
    await clock.advance(250);
    expect(await others).toEqual(readingOf(second, clock.now()));
    await clock.advance(300_000);
    await Promise.all(reads);
    const ofFirst = sent.filter(({ iccid }) => iccid === first).map(({ atMs }) => atMs - 1_000);
    expect(ofFirst).toEqual([
      ...[0, 0, 0, 0, 0, 1_250, 1_250, 1_250, 1_250, 1_250],
      ...[60_250, 60_250, 60_250, 60_250, 60_250, 61_500, 61_500, 61_500, 61_500, 61_500],
      ...[120_500, 120_500, 120_500, 120_500, 120_500],
    ]);
  });

  it('refuses the eleventh of one ICCID, however many come at once, and gives its room to the others', async () => {
    const { clock, scheduler, sent, callerFor } = createRig();
    const reads = Array.from({ length: 25 }, () => scheduler.read(first, callerFor(8_000)));
    const outcomes = Promise.allSettled([...reads, scheduler.read(second, callerFor(8_000))]);
    await clock.advance(4_000);
    const settled = await outcomes;
    expect(settled.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill('fulfilled'));
    const refused = await Promise.all(reads.slice(10).map(refusalOf));
    // After 2.5 s, with 5.5 s left, and the first ten are over after 60.25 s. Calls may well take longer than the 250 ms they did.
    expect(refused.map(({ code, retryAfterMs }) => [code, Math.ceil((retryAfterMs ?? 0) / 1_000)])).toEqual(
      Array(15).fill(['THROTTLED', Math.ceil(60.25 - 2.5 - 5.5 + 0.25 + 0.1)]),
    );
    expect(settled[25]?.status).toBe('fulfilled');
    expect(sent).toHaveLength(11);
  });

  it('keeps to both limits in any window, whatever is asked for and whenever', async () => {
    const traffic = fc.array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 3_000 }),
        iccid: fc.integer({ min: 0, max: 3 }).map(iccidNumber),
        patienceMs: fc.integer({ min: 0, max: 100_000 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(traffic, fc.integer({ min: 0, max: 3_000 }), async (asks, roundTripMs) => {
        const { clock, scheduler, sent, callerFor } = createRig({ companyRequests: 2, roundTripMs });
        const reads: Promise<unknown>[] = [];
        for (const { gapMs, iccid, patienceMs } of asks) {
          await clock.advance(gapMs);
          reads.push(scheduler.read(iccid, callerFor(patienceMs)).catch((error: unknown) => error));
        }
        await clock.advance(1_000_000);
        await Promise.all(reads);
        const most = (calls: typeof sent, windowMs: number): number =>
          mostInAnyWindow(
            calls.map(({ atMs }) => atMs),
            windowMs,
          );
        expect(most(sent, companyWindowMs)).toBeLessThanOrEqual(2);
        for (const iccid of new Set(sent.map((call) => call.iccid)))
          expect(
            most(
              sent.filter((call) => call.iccid === iccid),
              iccidWindowMs,
            ),
          ).toBeLessThanOrEqual(10);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('reports who waits, behind how many and for how long, and who was refused', async () => {
    const { clock, scheduler, callerFor, events } = createRig({ companyRequests: 1 });
    const reads = [
      scheduler.read(iccidNumber(1), callerFor(8_000)),
      scheduler.read(iccidNumber(2), callerFor(8_000)),
      scheduler.read(iccidNumber(3), callerFor(8_000)),
    ];
    await expect(scheduler.read(iccidNumber(4), callerFor(1_000))).rejects.toEqual(new ThrottledError(3_000));
    await clock.advance(8_000);
    await Promise.all(reads);
    expect(events).toEqual([
      { type: 'scheduler.wait', iccid: iccidNumber(2), ahead: 0 },
      { type: 'scheduler.wait', iccid: iccidNumber(3), ahead: 1 },
      { type: 'scheduler.refused', iccid: iccidNumber(4), retryAfterMs: 3_000 },
      turn(iccidNumber(1)),
      turn(iccidNumber(2), 1_250),
      turn(iccidNumber(3), 2_500),
    ]);
  });

  it('reports who waits for the limit of its ICCID', async () => {
    const { clock, scheduler, callerFor, events } = createRig({ companyRequests: 100 });
    const reads = Array.from({ length: 11 }, () => scheduler.read(first, callerFor(90_000)));
    await expect(scheduler.read(first, callerFor(8_000))).rejects.toEqual(
      new ThrottledError(60_250 + 250 - 8_000),
    );
    expect(events).toEqual([
      { type: 'scheduler.wait', iccid: first, ahead: 0 },
      ...Array.from({ length: 10 }, () => turn(first)),
      { type: 'scheduler.refused', iccid: first, retryAfterMs: 60_250 + 250 - 8_000 },
    ]);
    await clock.advance(90_000);
    await Promise.all(reads);
    expect(events.slice(12)).toEqual([turn(first, 60_250)]);
  });

  it('lets a caller leave either queue before anything is sent', async () => {
    const { clock, scheduler, callerFor, sent, events } = createRig();
    const controller = new AbortController();
    const reads = Array.from({ length: 10 }, () => scheduler.read(first, callerFor(8_000)));
    const leaving = [first, second].map((iccid) =>
      scheduler.read(iccid, { ...callerFor(80_000), signal: controller.signal }),
    );
    controller.abort();
    for (const read of leaving) await expect(read).rejects.toEqual(new AbandonedError());
    await clock.advance(100_000);
    await Promise.all(reads);
    expect(sent).toHaveLength(10);
    expect(events.filter(({ type }) => type === 'scheduler.refused')).toEqual([]);
  });

  it('waits for as long as the deadline moves further off', async () => {
    const { clock, scheduler, callerFor } = createRig({ companyRequests: 1, roundTripMs: 6_000 });
    const caller = { deadlineMs: clock.now() + 3_000 };
    const reads = [scheduler.read(first, callerFor(8_000)), scheduler.read(second, caller)];
    caller.deadlineMs = clock.now() + 60_000;
    await clock.advance(30_000);
    expect(await Promise.all(reads)).toHaveLength(2);
  });
});

describe('scheduler that is asked for very many ICCIDs', { timeout: 60_000 }, () => {
  /** How many of these ICCIDs have a gate, which refuses whose time is up. Who has none is refused without it. */
  async function gatesKept(rig: Rig, iccids: readonly Iccid[]): Promise<number> {
    const before = rig.gatesAsked();
    for (const iccid of iccids) await refusalOf(rig.scheduler.read(iccid, rig.callerFor(0)));
    return rig.gatesAsked() - before;
  }

  it('I10 remembers only those that were sent for within their window', async () => {
    const rig = createRig();
    const iccids = Array.from({ length: 3_000 }, (_, index) => iccidNumber(index));
    for (const iccid of iccids) {
      const read = rig.scheduler.read(iccid, rig.callerFor(8_000));
      await rig.clock.advance(250);
      await read;
    }
    // At four a second, those of the last minute are under their limit's eyes.
    expect(await gatesKept(rig, iccids)).toBeLessThanOrEqual(4 * 60 + 1);
    expect(rig.sent).toHaveLength(3_000);
  });

  it('I10 forgets those whose window is over, even while the first of all is asked for again and again', async () => {
    const rig = createRig();
    const iccids = Array.from({ length: 1_000 }, (_, index) => iccidNumber(1 + index));
    for (const [index, iccid] of iccids.entries()) {
      const asked = index % 20 === 0 ? [iccidNumber(0), iccid] : [iccid];
      const reads = asked.map((each) => rig.scheduler.read(each, rig.callerFor(8_000)));
      await rig.clock.advance(500);
      await Promise.all(reads);
    }
    expect(await gatesKept(rig, iccids)).toBeLessThanOrEqual(2 * 61);
  });

  it('I10 forgets those that it refused at once, even while others are remembered', async () => {
    const rig = createRig({ maxWaiting: 0 });
    const sentFor = Array.from({ length: 5 }, (_, index) => iccidNumber(index));
    const reads = sentFor.map((iccid) => rig.scheduler.read(iccid, rig.callerFor(8_000)));
    const refused = Array.from({ length: 5_000 }, (_, index) => iccidNumber(100 + index));
    const refusals = refused
      // Twice, as two clients might.
      .flatMap((iccid) => [iccid, iccid])
      .map((iccid) => rig.scheduler.read(iccid, rig.callerFor(8_000)));
    const outcomes = await Promise.allSettled(refusals);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    await rig.clock.advance(250);
    await Promise.all(reads);
    expect(await gatesKept(rig, refused)).toBe(0);
    expect(await gatesKept(rig, sentFor)).toBe(5);
  });
});

describe('scheduler that the upstream slows down', () => {
  const limit = new TooManyRequestsError('company', null);

  /** A rig whose upstream fails with each of these in turn, one a read, or answers where it is null, as it does after them all. */
  function createFailingRig(...failures: readonly (Error | null)[]): Rig {
    const left = [...failures];
    return createRig({
      outcomeOf(iccid, nowMs) {
        const failure = left.shift() ?? null;
        if (failure !== null) throw failure;
        return readingOf(iccid, nowMs);
      },
    });
  }

  /** What a read that nobody is before comes to. */
  async function outcomeOf({ clock, scheduler, callerFor }: Rig, iccid = first): Promise<unknown> {
    const read = scheduler.read(iccid, callerFor(100_000)).catch((error: unknown) => error);
    await clock.advance(62_000);
    return read;
  }

  const pausesOf = ({ events }: Rig): number[] =>
    events.flatMap((event) => (event.type === 'scheduler.paused' ? [event.forMs] : []));

  it('pauses all after a 429 and tells every caller when to come back', async () => {
    const rig = createFailingRig(new TooManyRequestsError('company', 7_000));
    const { clock, scheduler, callerFor, events, sent } = rig;
    const failed = scheduler.read(first, callerFor(8_000));
    const rejected = expect(failed).rejects.toEqual(new TooManyRequestsError('company', 7_000));
    await clock.advance(250);
    await rejected;
    expect(events).toEqual([
      turn(first),
      {
        type: 'scheduler.paused',
        iccid: null,
        error: new TooManyRequestsError('company', 7_000),
        forMs: 7_000,
      },
    ]);
    // Calls have been seen to take 250 ms, and may well take twice as long.
    await expect(scheduler.read(second, callerFor(5_000))).rejects.toEqual(new ThrottledError(2_500));
    const patient = scheduler.read(second, callerFor(8_000));
    await clock.advance(8_000);
    expect(await patient).toEqual(readingOf(second, 1_000 + 7_500));
    expect(sent.map(({ atMs }) => atMs - 1_000)).toEqual([0, 7_250]);
  });

  it('doubles the pause with each 429 in a row, up to a minute', async () => {
    const rig = createFailingRig(...Array.from({ length: 8 }, () => limit));
    for (let index = 0; index < 8; index += 1)
      expect(await outcomeOf(rig)).toBeInstanceOf(TooManyRequestsError);
    expect(pausesOf(rig)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it.each([
    ['a reading', null],
    ['that there is no such eSIM', new NotFoundError()],
    ['what concerns one eSIM only', new UpstreamError('garbled', 'no JSON', { delivery: 'answered' })],
  ])('begins anew after %s', async (_what, between) => {
    const rig = createFailingRig(limit, limit, between, limit);
    for (let index = 0; index < 4; index += 1) await outcomeOf(rig);
    expect(pausesOf(rig)).toEqual([1_000, 2_000, 1_000]);
  });

  it('does not begin anew after what was not answered', async () => {
    const unanswered = new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' });
    const rig = createFailingRig(limit, unanswered, limit);
    for (let index = 0; index < 3; index += 1) await outcomeOf(rig);
    expect(pausesOf(rig)).toEqual([1_000, 2_000]);
  });

  it('takes the 429s of calls that went out together for one', async () => {
    const rig = createFailingRig(limit, limit, limit, limit, limit, limit);
    const { clock, scheduler, callerFor } = rig;
    const reads = [1, 2, 3, 4, 5].map((index) => scheduler.read(iccidNumber(index), callerFor(8_000)));
    const settled = Promise.allSettled(reads);
    await clock.advance(62_000);
    expect((await settled).map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    await outcomeOf(rig);
    expect(pausesOf(rig)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 2_000]);
  });

  it('pauses all after any failure that concerns the company, and says why', async () => {
    const failing = new UpstreamError('failing', 'answered 503', {
      delivery: 'answered',
      retryAfterMs: 20_000,
      concerns: 'company',
    });
    const rig = createFailingRig(failing);
    const { clock, scheduler, callerFor, events } = rig;
    const failed = expect(scheduler.read(first, callerFor(8_000))).rejects.toBe(failing);
    await clock.advance(250);
    await failed;
    expect(events).toEqual([
      turn(first),
      { type: 'scheduler.paused', iccid: null, error: failing, forMs: 20_000 },
    ]);
    await expect(scheduler.read(second, callerFor(8_000))).rejects.toEqual(
      new RememberedError(failing, 20_000 + 500 - 8_000),
    );
    expect(events).toHaveLength(2);
  });

  it('does not pause for a failure that concerns one eSIM', async () => {
    const refused = new UnauthorizedError('refused', 'answered');
    const rig = createFailingRig(refused);
    expect(await outcomeOf(rig)).toBe(refused);
    expect(rig.events).toEqual([turn(first)]);
  });

  it('backs off one ICCID for a minute, and remembers that as long', async () => {
    const limitOfOne = new TooManyRequestsError('iccid', 5_000);
    const rig = createFailingRig(limitOfOne);
    const { clock, scheduler, callerFor, events, gatesMade } = rig;
    const failed = scheduler.read(first, callerFor(8_000));
    const rejected = expect(failed).rejects.toEqual(new TooManyRequestsError('iccid', 60_000));
    await clock.advance(250);
    await rejected;
    expect(events).toEqual([
      turn(first),
      { type: 'scheduler.paused', iccid: first, error: limitOfOne, forMs: 60_000 },
    ]);
    const others = scheduler.read(second, callerFor(8_000));
    await expect(scheduler.read(first, callerFor(8_000))).rejects.toEqual(
      new ThrottledError(60_000 + 500 - 8_000),
    );
    await clock.advance(59_999);
    expect(await others).toEqual(readingOf(second, 1_000 + 500));
    const atOnce = scheduler.read(first, callerFor(501));
    await clock.advance(251);
    expect(await atOnce).toEqual(readingOf(first, 1_000 + 60_250 + 250));
    expect(gatesMade()).toBe(2);
  });

  it('forgets the limit of an ICCID only when its pause is over', async () => {
    const rig = createFailingRig(new TooManyRequestsError('iccid', null));
    const { clock, scheduler, callerFor, gatesMade } = rig;
    const failed = scheduler.read(first, callerFor(8_000)).catch(() => undefined);
    await clock.advance(250);
    await failed;
    const readAnother = async (index: number): Promise<void> => {
      const read = scheduler.read(iccidNumber(index), callerFor(8_000));
      await clock.advance(250);
      await read;
    };
    await clock.advance(59_000);
    await readAnother(10);
    await expect(scheduler.read(first, callerFor(300))).rejects.toBeInstanceOf(ThrottledError);
    expect(gatesMade()).toBe(2);
    await clock.advance(60_000);
    await readAnother(11);
    await readAnother(12);
    const again = scheduler.read(first, callerFor(8_000));
    await clock.advance(250);
    await again;
    expect(gatesMade()).toBe(5);
  });
});

describe('scheduler whose refused callers come back', { timeout: 60_000 }, () => {
  /** So many that what calls take is known. */
  const measuringCalls = 80;
  /** So long that no moment falls on a whole second. */
  const patienceMs = 8_100;

  async function createMeasuredRig(): Promise<Rig> {
    const rig = createRig();
    for (let index = 0; index < measuringCalls; index += 1) {
      const read = rig.scheduler.read(iccidNumber(1_000 + index), rig.callerFor(patienceMs));
      await rig.clock.advance(1_250);
      await read;
    }
    return rig;
  }

  /** In how many whole seconds a read is told to come back. Null when it brings a reading. */
  async function comeBackSeconds({ scheduler }: Rig, iccid: Iccid, caller: Caller): Promise<number | null> {
    try {
      await scheduler.read(iccid, caller);
      return null;
    } catch (error) {
      if (error instanceof ThrottledError) return Math.ceil(error.retryAfterMs / 1_000);
      throw error;
    }
  }

  it.each([
    ['many operations', () => 0],
    ['one operation', (index: number) => index],
  ])('lets in each of 200 readings of %s at its own moment', async (_name, behind) => {
    const rig = await createMeasuredRig();
    const { clock, callerFor } = rig;
    const told: (number | null)[] = [];
    const toldAgain: (number | null)[] = [];
    const iccids = Array.from({ length: 200 }, (_, index) => iccidNumber(index));
    const reads = iccids.map(async (iccid, index) => {
      const place = { lane: 'interactive', behind: behind(index) } as const;
      const seconds = await comeBackSeconds(rig, iccid, { ...callerFor(patienceMs), place });
      told.push(seconds);
      if (seconds === null) return;
      await new Promise<void>((resolve) => {
        clock.after(seconds * 1_000, resolve);
      });
      toldAgain.push(await comeBackSeconds(rig, iccid, { ...callerFor(patienceMs), place }));
    });
    await clock.advance(60_000);
    await Promise.all(reads);
    const refused = told.filter((seconds) => seconds !== null);
    expect(refused).toHaveLength(165);
    expect(Math.max(...refused)).toBe(Math.ceil(0.9 + (164 * 1.25) / 5));
    expect(toldAgain).toEqual(Array(165).fill(null));
  });

  it('gives no moment of their own to those that are shown something old, or that come too late for one', async () => {
    const rig = await createMeasuredRig();
    const { clock, scheduler, callerFor } = rig;
    const reads = Array.from({ length: 35 }, (_, index) =>
      scheduler.read(iccidNumber(index), callerFor(patienceMs)),
    );
    await clock.advance(0);
    const seconds = (index: number, hasOld: boolean): Promise<number | null> =>
      comeBackSeconds(rig, iccidNumber(index), { ...callerFor(patienceMs), hasOld });
    const old = await Promise.all([50, 51, 52, 53, 54, 55, 56, 57, 58].map((index) => seconds(index, true)));
    expect(old).toEqual(Array(9).fill(1));
    const own = await Promise.all([60, 61, 62, 63, 64, 65].map((index) => seconds(index, false)));
    expect(own).toEqual([1, 2, 2, 2, 2, 3]);
    await clock.advance(10_000);
    await Promise.all(reads);
  });

  it('gives one that was let in before its moment a new one, behind all others', async () => {
    const rig = await createMeasuredRig();
    const { clock, scheduler, callerFor } = rig;
    const leaving = new AbortController();
    const fill = (from: number, signal?: AbortSignal): Promise<unknown> => {
      const caller = { ...callerFor(patienceMs), signal };
      const indices = Array.from({ length: 40 }, (_, index) => from + index);
      return Promise.allSettled(indices.map((index) => scheduler.read(iccidNumber(index), caller)));
    };
    const seconds = (index: number): Promise<number | null> =>
      comeBackSeconds(rig, iccidNumber(index), callerFor(patienceMs));
    const filled = fill(0, leaving.signal);
    const told = await Promise.all(Array.from({ length: 60 }, (_, index) => seconds(100 + index)));
    // Those of the forty that were refused are booked before them.
    expect(told.at(-1)).toBe(Math.ceil(0.9 + (64 * 1.25) / 5));
    leaving.abort();
    const before = seconds(100);
    const filledNext = fill(200);
    await clock.advance(1_500);
    await filled;
    expect(await before).toBeNull();
    const filledAgain = fill(300);
    expect(await seconds(100)).toBeGreaterThanOrEqual(Math.ceil(0.9 + (65 * 1.25) / 5 - 1.5));
    await clock.advance(20_000);
    await Promise.all([filledNext, filledAgain]);
  });

  it('expects nobody any more once one goes and nobody else waits', async () => {
    const rig = await createMeasuredRig();
    const { clock, scheduler, callerFor } = rig;
    const told = async (from: number): Promise<(number | null)[]> => {
      const outcomes = Array.from({ length: 100 }, (_, index) =>
        comeBackSeconds(rig, iccidNumber(from + index), callerFor(patienceMs)),
      );
      await clock.advance(9_000);
      return Promise.all(outcomes);
    };
    const first = await told(0);
    expect(Math.max(...first.map(Number))).toBe(Math.ceil(0.9 + (64 * 1.25) / 5));
    const alone = scheduler.read(iccidNumber(500), callerFor(patienceMs));
    await clock.advance(1_250);
    await alone;
    expect(await told(200)).toEqual(first);
  });

  it('gives one that asks again too soon the moment that it had, and the others theirs', async () => {
    const rig = await createMeasuredRig();
    const { clock, scheduler, callerFor } = rig;
    const reads = Array.from({ length: 35 }, (_, index) =>
      scheduler.read(iccidNumber(index), callerFor(patienceMs)),
    );
    await clock.advance(0);
    const caller = callerFor(patienceMs);
    const seconds = (index: number): Promise<number | null> =>
      comeBackSeconds(rig, iccidNumber(index), caller);
    expect(await Promise.all([50, 51, 52].map(seconds))).toEqual([1, 2, 2]);
    // It asks again at once, and keeps its moment.
    expect(await Promise.all([51, 50, 53].map(seconds))).toEqual([2, 1, 2]);
    await clock.advance(12_000);
    await Promise.all(reads);
    const again = scheduler.read(iccidNumber(50), callerFor(patienceMs));
    await clock.advance(250);
    expect(await again).toMatchObject({ kind: 'reading' });
  });
});

/** An upstream's outcome: that it fails so. */
function failWith(error: Error): () => never {
  return () => {
    throw error;
  };
}
