import { fleetIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { startFaultServer } from './support/fault-server.js';
import { createLatch } from './support/latch.js';
import { createManualClock } from './support/manual-clock.js';
import { selfSignedCertificate } from './support/self-signed-certificate.js';
import { type FaultyGateway, startFaultyGateway, tokenMs } from './support/start-faulty-gateway.js';
import { startGateway, startModule } from './support/start-gateway.js';
import { type UpstreamFault, upstreamFaults } from './support/upstream-faults.js';
import { problem, readOne } from './support/usage-answers.js';

const timedOut = {
  kind: 'problem',
  code: 'TIMED_OUT',
  message: 'The eSIM provider did not answer in time.',
  retryAfterSeconds: 1,
};

it('answers at the deadline with what is there, whatever the rest is doing', async () => {
  const [first = '', second = '', silent = ''] = fleetIccids(3);
  const clock = createManualClock();
  const { module, seen, bendUsage } = await startModule({ clock });
  bendUsage(({ arrival, reply }) =>
    arrival.iccid === silent ? { ...reply, kind: 'broken', after: 'nothing', end: 'hang' } : undefined,
  );
  const { load } = module.createContext().esimUsage;
  const results = Promise.all([first, silent, second].map(load));
  await seen('cache.fill', 2);
  await clock.advance(8_000);
  expect(await results).toMatchObject([
    { kind: 'reading', iccid: first, data: { total: 1_024, remaining: 512 } },
    { ...timedOut, iccid: silent },
    { kind: 'reading', iccid: second, data: { total: 1_025, remaining: 513 } },
  ]);
});

it('keeps the answer that comes after the deadline for those who ask again', async () => {
  const [iccid = ''] = fleetIccids(1);
  const clock = createManualClock();
  const { module, seen, usageCalls, bendUsage } = await startModule({ clock });
  const released = createLatch();
  bendUsage(() => released.opened);
  const result = module.createContext().esimUsage.load(iccid);
  await seen('upstream.request');
  await clock.advance(8_000);
  expect(await result).toMatchObject({ ...timedOut, iccid });

  await clock.advance(1_000);
  released.open();
  await seen('cache.fill');
  expect(await module.createContext().esimUsage.load(iccid)).toMatchObject({ kind: 'reading', iccid });
  expect(usageCalls()).toEqual([iccid]);
});

it('waits as long as it is told to, and no longer', async () => {
  const [iccid = ''] = fleetIccids(1);
  const clock = createManualClock();
  const { module, seen, bendUsage } = await startModule({ clock, module: { deadlineMs: 700 } });
  const released = createLatch();
  bendUsage(() => released.opened);
  let settled = false;
  const result = module.createContext().esimUsage.load(iccid);
  result.then(() => {
    settled = true;
  });
  await seen('upstream.request');
  await clock.advance(699);
  expect(settled).toBe(false);
  await clock.advance(1);
  expect(await result).toMatchObject({ ...timedOut, iccid });
  released.open();
});

describe('whatever the upstream does, a client is told by the deadline and told nothing that makes routers ask again', () => {
  const [iccid = '', other = ''] = fleetIccids(2);
  const minuteMs = 60_000;

  async function start(fault: UpstreamFault, known: string | null): Promise<FaultyGateway> {
    const gateway = await startFaultyGateway();
    if (known !== null) await gateway.askFor(known);
    // The readings are old then, and the token has ended where it is to be asked for again.
    await gateway.clock.advance(fault.hasToken ? 20 * minuteMs : tokenMs);
    await gateway.befall(fault);
    return gateway;
  }

  function headersOf({ answers }: FaultyGateway): string[] {
    return answers.flatMap(({ headers }) => Object.keys(headers));
  }

  it.each(upstreamFaults)('without a reading: $name', async (fault) => {
    const gateway = await start(fault, fault.hasToken ? other : null);
    expect(await gateway.askFor(iccid)).toEqual(fault.cold(iccid));
    expect(headersOf(gateway)).not.toContain('retry-after');
  });

  it.each(upstreamFaults)('with an old reading: $name', async (fault) => {
    const gateway = await start(fault, iccid);
    expect(await gateway.askFor(iccid)).toEqual(fault.stale(iccid));
    expect(headersOf(gateway)).not.toContain('retry-after');
  });

  it('without a reading: a certificate that nobody vouches for', async () => {
    const { port } = await startFaultServer({ tls: selfSignedCertificate });
    const gateway = await startGateway({ module: { baseUrl: `https://127.0.0.1:${port}` } });
    expect(await gateway.ask(readOne, { iccid })).toEqual(problem(iccid, 'UNAVAILABLE', 30));
  });
});
