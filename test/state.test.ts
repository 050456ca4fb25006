import { fleetIccids, type Reply } from 'esim-usage-gateway/simulator';
import { expect, it } from 'vitest';
import type { EsimUsageState } from '../src/state.js';
import { createManualClock } from './support/manual-clock.js';
import { documentedLimits, startModule } from './support/start-gateway.js';
import { createVirtualWire } from './support/virtual-wire.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A token is not used in its last seconds. */
const endMarginMs = 10_000;
const iccids = fleetIccids(4);
/** Of the company, so that little needs to happen before somebody has to wait. */
const twoASecond = { ...documentedLimits, companyRequests: 2 };

/** The whole module in front of an upstream that takes 150 ms. */
async function createRig() {
  const clock = createManualClock();
  const started = await startModule({
    clock,
    module: { ...twoASecond, breakerFailures: 2 },
    simulator: { limits: twoASecond },
  });
  const wire = createVirtualWire({ clock, started, latencyMs: () => 150 });
  return {
    ...wire,
    clock,
    state: started.module.state,
    ask: (nth: number) => started.module.createContext().esimUsage.load(iccids[nth] ?? ''),
  };
}

const untouched: EsimUsageState = {
  company: { requests: 2, windowMs: 1_000, held: 0, waiting: 0, pausedForMs: null },
  breaker: 'closed',
  fleet: 'alone',
  token: null,
  cache: { entries: 0, maxEntries: 100_000, freshMs: 20 * minuteMs, mostFresh: 2_400 },
};

/** What is told of a day's token that came so long ago. */
function tokenAged(ageMs: number): EsimUsageState['token'] {
  return { ageMs, leftMs: dayMs - endMarginMs - ageMs };
}

function status(status: number, headers: Record<string, string> = {}): Reply {
  return { kind: 'whole', status, headers, body: '' };
}

it('is all there before anything has happened', async () => {
  const { state } = await createRig();
  expect(state()).toEqual(untouched);
});

it('tells who has a slot, who waits for one, and how old the token is', async () => {
  const { state, ask, pass } = await createRig();
  const answers = [ask(0), ask(1)];
  await pass(0);
  expect(state()).toEqual({ ...untouched, company: { ...untouched.company, held: 1, waiting: 2 } });

  // The token has come, and its slot is held for a window more; the first call has the other.
  await pass(200);
  expect(state()).toEqual({
    ...untouched,
    company: { ...untouched.company, held: 2, waiting: 1 },
    token: tokenAged(50),
  });

  await pass(1_100);
  await Promise.all(answers);
  await pass(2_000);
  expect(state()).toEqual({
    ...untouched,
    token: tokenAged(3_150),
    cache: { ...untouched.cache, entries: 2 },
  });
});

it('tells for how long the upstream has made it pause, and of no slot that is merely closed', async () => {
  const { state, ask, pass, bendUsage } = await createRig();
  bendUsage(() => status(503, { 'Retry-After': '30' }));
  const answer = ask(0);
  await pass(1_300);
  await answer;
  await pass(2_000);
  expect(state().company).toEqual({ ...untouched.company, pausedForMs: 30_000 - 3_000 });
  await pass(27_000);
  expect(state().company).toEqual(untouched.company);
});

it('tells of the circuit breaker whether it is closed, open or half-open', async () => {
  const { state, ask, pass, bendUsage } = await createRig();
  bendUsage(() => status(500));
  for (const nth of [0, 1]) {
    const answer = ask(nth);
    await pass(3_000);
    await answer;
  }
  expect(state().breaker).toBe('open');
  await pass(10_000);
  expect(state().breaker).toBe('half-open');

  const probe = ask(2);
  await pass(50);
  expect(state().breaker).toBe('half-open');
  bendUsage(undefined);
  await pass(150);
  await probe;
  expect(state().breaker).toBe('closed');
});

it('tells of a token no longer when it has ended', async () => {
  const { state, ask, pass, clock } = await createRig();
  const answer = ask(0);
  await pass(500);
  await answer;
  await clock.advance(dayMs - endMarginMs - 500 + 149);
  expect(state().token).toEqual(tokenAged(dayMs - endMarginMs - 1));
  await clock.advance(1);
  expect(state().token).toBeNull();
});
