import { fleetIccids } from 'esim-usage-gateway/simulator';
import { expect, it } from 'vitest';
import { createLatch } from './support/latch.js';
import { createManualClock } from './support/manual-clock.js';
import { startModule } from './support/start-gateway.js';

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
