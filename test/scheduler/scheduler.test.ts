import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AbandonedError, NotFoundError, ThrottledError, UpstreamError } from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import type { Iccid } from '../../src/iccid.js';
import { createGate } from '../../src/scheduler/gate.js';
import { createScheduler } from '../../src/scheduler/scheduler.js';
import type { Caller, UsageReading, UsageSource } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { readingOf } from '../support/readings.js';

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
  /** Someone who waits for that long. */
  callerFor(patienceMs: number): Caller;
}

interface RigOptions {
  readonly companyRequests?: number;
  readonly maxWaiting?: number;
  readonly roundTripMs?: number;
  readonly outcomeOf?: (iccid: Iccid, nowMs: number) => UsageReading;
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
      return createGate({ requests: 10, windowMs: iccidWindowMs, maxWaiting, clock });
    },
    report: (event) => events.push(event),
  });
  return {
    clock,
    scheduler,
    sent,
    events,
    gatesMade: () => gatesMade,
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
      report: () => undefined,
    });
    const caller: Caller = { deadlineMs: 9_000, onSent: () => undefined };
    expect(await scheduler.read(first, caller)).toEqual(readingOf(first, 1_250));
    expect(asked).toEqual([{ iccid: first, caller }]);
    expect(asked[0]?.caller).toBe(caller);
  });

  it.each([
    new NotFoundError(),
    new ThrottledError('upstream', 5_000),
    new UpstreamError('failing', 'answered 500', { delivery: 'answered' }),
    new TypeError('a bug of ours'),
  ])('passes on that the read failed with %s and reports nothing', async (error) => {
    const outcomeOf = (): never => {
      throw error;
    };
    const { clock, scheduler, callerFor, events } = createRig({ outcomeOf });
    const failed = expect(scheduler.read(first, callerFor(8_000))).rejects.toBe(error);
    await clock.advance(250);
    await failed;
    expect(events).toEqual([]);
  });

  it('lets one ICCID through 10 times in any minute, while the others go on', async () => {
    const { clock, scheduler, sent, callerFor } = createRig();
    const day = 24 * 60 * 60_000;
    const reads = Array.from({ length: 25 }, () => scheduler.read(first, callerFor(day)));
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

  it('reports who waits, behind how many, and who was refused', async () => {
    const { clock, scheduler, callerFor, events } = createRig({ companyRequests: 1 });
    const reads = [
      scheduler.read(iccidNumber(1), callerFor(8_000)),
      scheduler.read(iccidNumber(2), callerFor(8_000)),
      scheduler.read(iccidNumber(3), callerFor(8_000)),
    ];
    await expect(scheduler.read(iccidNumber(4), callerFor(1_000))).rejects.toEqual(
      new ThrottledError('gateway', 3_000),
    );
    await clock.advance(8_000);
    await Promise.all(reads);
    expect(events).toEqual([
      { type: 'scheduler.wait', iccid: iccidNumber(2), ahead: 0 },
      { type: 'scheduler.wait', iccid: iccidNumber(3), ahead: 1 },
      { type: 'scheduler.refused', iccid: iccidNumber(4), retryAfterMs: 3_000 },
    ]);
  });

  it('reports who waits for the limit of its ICCID', async () => {
    const { clock, scheduler, callerFor, events } = createRig({ companyRequests: 100 });
    const reads = Array.from({ length: 11 }, () => scheduler.read(first, callerFor(90_000)));
    await expect(scheduler.read(first, callerFor(8_000))).rejects.toEqual(
      new ThrottledError('gateway', 60_250 + 250 - 8_000),
    );
    expect(events).toEqual([
      { type: 'scheduler.wait', iccid: first, ahead: 0 },
      { type: 'scheduler.refused', iccid: first, retryAfterMs: 60_250 + 250 - 8_000 },
    ]);
    await clock.advance(90_000);
    await Promise.all(reads);
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
  /** How many of these ICCIDs have a gate. Asking for one that has none makes one. */
  async function gatesKept(rig: Rig, iccids: readonly Iccid[]): Promise<number> {
    const before = rig.gatesMade();
    for (const iccid of iccids) await rig.scheduler.read(iccid, rig.callerFor(0)).catch(() => undefined);
    return iccids.length - (rig.gatesMade() - before);
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
