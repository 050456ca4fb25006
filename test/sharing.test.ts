import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../src/clock.js';
import { createLatch } from './support/latch.js';
import { createManualClock } from './support/manual-clock.js';
import { mostInAnyWindow } from './support/most-in-any-window.js';
import { type Answer, startGateway } from './support/start-gateway.js';

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

/** The limits of the contract; the token takes one slot of the company's five. */
const documented = {
  companyRequests: 5,
  companyWindowMs: 1_000,
  iccidRequests: 10,
  iccidWindowMs: 60_000,
  tokenRequests: 3,
  tokenWindowMs: 60_000,
};

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
    const { ask, operations } = await startGateway();
    const [iccid = ''] = fleetIccids(1);
    await ask(readOne, { iccid });
    await ask(readOne, { iccid });
    expect(operations.map(({ aborted }) => aborted)).toEqual([false, false]);
  });
});

describe('more cold eSIMs than the limits let through in time', () => {
  it('are answered as far as the deadline reaches, and the rest is throttled at once', async () => {
    const clock = createManualClock();
    const { ask, events, usageCalls, simulator } = await startGateway({
      clock,
      module: { ...documented, deadlineMs: 1_500 },
      simulator: { limits: documented },
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

  it('never arrive at the upstream faster than five in any second of real time', async () => {
    const { ask, simulator, usageCalls } = await startGateway({
      clock: createSystemClock(),
      module: { ...documented, deadlineMs: 2_000 },
      simulator: { limits: documented, latencyMs: () => Math.random() * 50 },
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
