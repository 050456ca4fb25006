import { setImmediate } from 'node:timers/promises';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../src/clock.js';
import { createLatch } from './support/latch.js';
import { createManualClock, type ManualClock } from './support/manual-clock.js';
import { mostInAnyWindow } from './support/most-in-any-window.js';
import { type Answer, documentedLimits, type StartedGateway, startGateway } from './support/start-gateway.js';
import { createVirtualWire, type VirtualWire } from './support/virtual-wire.js';

// A thousand connections at once take their time.
vi.setConfig({ testTimeout: 30_000 });

const readOne = `query ($iccid: ICCID!) {
  esimUsage(iccid: $iccid) {
    ... on EsimUsage { iccid data { total remaining } }
    ... on EsimUsageProblem { code retryAfterSeconds }
  }
}`;
const readSeveral =
  'query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ... on EsimUsage { iccid data { total remaining } } } }';

function answered(data: unknown): Answer {
  return { status: 200, body: { data: { esimUsage: data } } };
}

/** What the simulator says of the n-th of its fleet when it starts. */
function fleetReading(iccid: string): Record<string, unknown> {
  const index = Number(iccid.slice(-6));
  return { iccid, data: { total: 1024 + index, remaining: 512 + index } };
}

function gone(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined || signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

describe('clients that ask at the same time', () => {
  it('C18 1,000 clients that ask for one cold ICCID get 1,000 equal answers from one call', async () => {
    const { ask, bendUsage, seen, usageCalls } = await startGateway();
    const iccid = scenarioIccids.dataPlan;
    // The answer comes when all of them wait for it.
    bendUsage(async () => {
      await seen('cache.join', 999);
      return undefined;
    });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask(readOne, { iccid })));
    expect(usageCalls()).toEqual([iccid]);
    expect(answers).toEqual(
      Array.from({ length: 1_000 }, () => answered({ iccid, data: { total: 2048, remaining: 767 } })),
    );
  });

  it('are each told the numbers of the eSIMs that they asked for, and of no other', async () => {
    const { ask } = await startGateway({ simulator: { latencyMs: () => Math.random() * 3 } });
    const fleet = fleetIccids(400);
    const request = fc.array(fc.constantFrom(...fleet), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 20 }), async (requests) => {
        const answers = await Promise.all(requests.map((iccids) => ask(readSeveral, { iccids })));
        expect(answers).toEqual(
          requests.map((iccids) => ({
            status: 200,
            body: { data: { esimUsages: iccids.map(fleetReading) } },
          })),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('a client that goes away', () => {
  it('C17 leaves the queue, and what was only for it is never sent', async () => {
    const clock = createManualClock();
    const { ask, operations, seen, usageCalls } = await startGateway({
      clock,
      // One place in the queue: the next client needs the one that was left.
      module: { companyRequests: 1, companyWindowMs: 1_000, maxWaiting: 1 },
    });
    const [abandoned = '', other = ''] = fleetIccids(2);
    const leaving = new AbortController();
    const cutOff = ask(readOne, { iccid: abandoned }, leaving.signal).catch(() => 'cut off');
    // The token request holds the only slot.
    await seen('scheduler.wait');
    leaving.abort();
    expect(await cutOff).toBe('cut off');
    await gone(operations[0]);

    const waiting = ask(readOne, { iccid: other });
    await seen('scheduler.wait', 2);
    await clock.advance(1_000);
    expect(await waiting).toEqual(answered(fleetReading(other)));
    await clock.advance(8_000);
    expect(usageCalls()).toEqual([other]);
  });

  it('C17 does not end the call that another client shares', async () => {
    const { ask, bendUsage, operations, seen, usageCalls } = await startGateway();
    const [iccid = ''] = fleetIccids(1);
    const answer = createLatch();
    bendUsage(() => answer.opened);
    const leaving = new AbortController();
    const cutOff = ask(readOne, { iccid }, leaving.signal).catch(() => 'cut off');
    await seen('upstream.request');
    const staying = ask(readOne, { iccid });
    await seen('cache.join');
    leaving.abort();
    expect(await cutOff).toBe('cut off');
    await gone(operations[0]);
    answer.open();
    expect(await staying).toEqual(answered(fleetReading(iccid)));
    expect(usageCalls()).toEqual([iccid]);
  });

  it('C17 does not end a wait that another client shares', async () => {
    const clock = createManualClock();
    const { ask, operations, seen, usageCalls } = await startGateway({
      clock,
      module: { companyRequests: 1, companyWindowMs: 1_000 },
    });
    const [iccid = ''] = fleetIccids(1);
    const leaving = new AbortController();
    const cutOff = ask(readOne, { iccid }, leaving.signal).catch(() => 'cut off');
    await seen('scheduler.wait');
    const staying = ask(readOne, { iccid });
    await seen('cache.join');
    leaving.abort();
    expect(await cutOff).toBe('cut off');
    await gone(operations[0]);
    await clock.advance(1_000);
    expect(await staying).toEqual(answered(fleetReading(iccid)));
    expect(usageCalls()).toEqual([iccid]);
  });

  it('C17 leaves an answer that was already sent for to those who come later', async () => {
    const { ask, bendUsage, operations, seen, usageCalls } = await startGateway();
    const [iccid = ''] = fleetIccids(1);
    const answer = createLatch();
    bendUsage(() => answer.opened);
    const leaving = new AbortController();
    const cutOff = ask(readOne, { iccid }, leaving.signal).catch(() => 'cut off');
    await seen('upstream.request');
    leaving.abort();
    expect(await cutOff).toBe('cut off');
    await gone(operations[0]);
    answer.open();
    await seen('cache.fill');
    expect(await ask(readOne, { iccid })).toEqual(answered(fleetReading(iccid)));
    expect(usageCalls()).toEqual([iccid]);
  });

  it('is none that has got its answer', async () => {
    const { ask, operations } = await startGateway({ fastLane: false });
    const [iccid = ''] = fleetIccids(1);
    await ask(readOne, { iccid });
    await ask(readOne, { iccid });
    expect(operations.map(({ aborted }) => aborted)).toEqual([false, false]);
  });
});

/** On the documented limits, 150 ms from an upstream that counts them, in virtual time. */
async function startDocumented(): Promise<{
  clock: ManualClock;
  gateway: StartedGateway;
  wire: VirtualWire;
}> {
  const clock = createManualClock();
  const gateway = await startGateway({
    clock,
    module: documentedLimits,
    simulator: { limits: documentedLimits },
  });
  return { clock, gateway, wire: createVirtualWire({ clock, started: gateway, latencyMs: () => 150 }) };
}

describe('more cold eSIMs than the limits let through in time', () => {
  it('are answered as far as the deadline reaches, and the rest is throttled at once', async () => {
    const clock = createManualClock();
    const { ask, events, usageCalls, simulator } = await startGateway({
      clock,
      module: { ...documentedLimits, deadlineMs: 1_500 },
      simulator: { limits: documentedLimits },
    });
    const iccids = fleetIccids(60);
    const atOnce = createLatch();
    let arrived = 0;
    const answers = Promise.all(
      iccids.map(async (iccid) => {
        const answer = await ask(readOne, { iccid });
        arrived += 1;
        // Five slots, one of them the token's, and five more a second later. For 51 the next would come too late.
        if (arrived === 4 + 51) atOnce.open();
        return answer;
      }),
    );
    await atOnce.opened;
    expect(events.filter(({ type }) => type === 'scheduler.refused')).toHaveLength(51);
    await clock.advance(1_000);

    const bodies = (await answers).map(({ body }) => body);
    const read = new Set(usageCalls());
    expect(bodies).toEqual(
      iccids.map((iccid) =>
        read.has(iccid)
          ? answered(fleetReading(iccid)).body
          : answered({ code: 'THROTTLED', retryAfterSeconds: expect.toSatisfy(isHonest) }).body,
      ),
    );
    expect(read.size).toBe(9);
    expect(usageCalls()).toHaveLength(9);
    expect(simulator.arrivals.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('C19 1,000 at once: as many as the deadline allows are read, the rest is told at once when to come back, and is served then', async () => {
    const { clock, gateway, wire } = await startDocumented();
    const iccids = fleetIccids(1_000);
    const readings = new Map<string, Answer>();
    /** When to come back, on the clock. */
    const comebacks = new Map<string, number>();
    const answeredMs: number[] = [];
    let asked = 0;

    async function askFor(some: readonly string[]): Promise<void> {
      const atMs = clock.now();
      for (const iccid of some)
        gateway.ask(readOne, { iccid }).then((answer) => {
          answeredMs.push(clock.now() - atMs);
          const seconds = secondsIn(answer);
          if (seconds === null) readings.set(iccid, answer);
          else comebacks.set(iccid, atMs + seconds * 1_000);
        });
      asked += some.length;
      while (gateway.begun() < asked) await setImmediate();
      await wire.pass(0);
    }

    await askFor(iccids);
    // Five a second for eight seconds, and not one more, need to wait to know.
    while (answeredMs.length < 1_000 - 45) await setImmediate();
    expect(answeredMs.filter((ms) => ms > 0)).toEqual([]);
    await wire.pass(8_000);
    while (answeredMs.length < 1_000) await setImmediate();
    // One slot is the token's at first; 150 ms on the way leave each of the others seven calls in that time.
    expect(readings.size).toBe(4 * 7 + 6);

    const refused = comebacks.size;
    while (comebacks.size > 0) {
      const due = [...comebacks].flatMap(([iccid, atMs]) => (atMs <= clock.now() ? [iccid] : []));
      for (const iccid of due) comebacks.delete(iccid);
      await askFor(due);
      await wire.pass(1_000);
    }
    await wire.pass(8_000);
    // Nobody was sent away twice.
    while (answeredMs.length < 1_000 + refused) await setImmediate();
    expect(asked).toBe(1_000 + refused);
    expect(Object.fromEntries(readings)).toEqual(
      Object.fromEntries(iccids.map((iccid) => [iccid, answered(fleetReading(iccid))])),
    );
    expect(mostInAnyWindow(wire.arrivedMs, 1_000)).toBe(5);
    expect(gateway.simulator.arrivals.filter(({ status }) => status === 429)).toEqual([]);
  }, 60_000);

  it('C19 however much large requests want, small ones that come with them are read', async () => {
    const { gateway, wire } = await startDocumented();
    const fleet = fleetIccids(1_000);
    const single = fleet.slice(0, 10);
    const large = Array.from({ length: 10 }, (_, at) => fleet.slice(10 + at * 99, 10 + (at + 1) * 99));
    const largeAnswers = large.map((iccids) => gateway.ask(readSeveral, { iccids }));
    await gateway.seen('cache.miss', 990);
    const answers = single.map((iccid) => gateway.ask(readOne, { iccid }));
    await gateway.seen('cache.miss', 1_000);
    await wire.pass(8_000);

    expect(await Promise.all(answers)).toEqual(single.map((iccid) => answered(fleetReading(iccid))));
    const read = new Set(gateway.usageCalls());
    // As much as there is: the others are read as far as that goes, each large request as much of as any other.
    expect(read.size).toBe(34);
    const shares = large.map((iccids) => iccids.filter((iccid) => read.has(iccid)).length);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    expect((await Promise.all(largeAnswers)).map(({ status }) => status)).toEqual(large.map(() => 200));
    expect(mostInAnyWindow(wire.arrivedMs, 1_000)).toBe(5);
  });

  it('never arrive at the upstream faster than five in any second of real time', async () => {
    const { ask, simulator, usageCalls } = await startGateway({
      clock: createSystemClock(),
      module: { ...documentedLimits, deadlineMs: 2_000 },
      simulator: { limits: documentedLimits, latencyMs: () => Math.random() * 50 },
    });
    const answers = await Promise.all(fleetIccids(60).map((iccid) => ask(readOne, { iccid })));

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    // More than one second's worth, or the limit would not have been tried.
    expect(usageCalls().length).toBeGreaterThan(5);
    const moments = simulator.arrivals.map(({ atMs }) => atMs);
    expect(mostInAnyWindow(moments, 1_000)).toBeLessThanOrEqual(5);
    expect(simulator.arrivals.filter(({ status }) => status === 429)).toEqual([]);
  });
});

/** Whole seconds, and never more than sixty cold eSIMs need. */
function isHonest(retryAfterSeconds: unknown): boolean {
  return (
    Number.isInteger(retryAfterSeconds) && Number(retryAfterSeconds) >= 1 && Number(retryAfterSeconds) <= 12
  );
}

/** Of a problem that is worth coming back for. Null of a reading. */
function secondsIn({ body }: Answer): number | null {
  const { retryAfterSeconds } = Object(body).data.esimUsage;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null;
}
