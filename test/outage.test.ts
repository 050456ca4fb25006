import { fleetIccids } from 'esim-usage-gateway/simulator';
import { expect, it, vi } from 'vitest';
import type { UsageEvent } from '../src/events.js';
import { type Moment, type MortalGateway, type Read, startMortalGateway } from './support/mortal-gateway.js';

// Thousands of connections.
vi.setConfig({ testTimeout: 90_000 });

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const documented = {
  companyRequests: 5,
  companyWindowMs: secondMs,
  iccidRequests: 10,
  iccidWindowMs: minuteMs,
  tokenRequests: 3,
  tokenWindowMs: minuteMs,
  callTimeoutMs: 10 * secondMs,
  breakerFailures: 5,
  breakerMs: 10 * secondMs,
  softWaitMs: 300,
};
const { companyRequests, callTimeoutMs, breakerFailures, breakerMs, softWaitMs } = documented;
const fleet = fleetIccids(5_000);
const hot = fleet.slice(0, 50);

/** The same numbers from 0 to 1 in every run (Numerical Recipes' generator). */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Lets every eSIM of the fleet be read once. */
async function fill({ read, pass }: MortalGateway): Promise<void> {
  for (let first = 0; first < fleet.length; first += companyRequests) {
    const reads = fleet.slice(first, first + companyRequests).map(read);
    await pass(secondMs);
    await Promise.all(reads);
  }
}

/** Lets so many reads a second begin at random, every second one of an eSIM that is hot, and tells what happened meanwhile. */
async function traffic(
  { read, pass, now, moments }: MortalGateway,
  random: () => number,
  forMs: number,
  perSecond: number,
) {
  const reads: Promise<Read>[] = [];
  const beganMs = now();
  const first = moments.length;
  while (now() < beganMs + forMs) {
    const among = random() < 0.5 ? hot : fleet;
    const iccid = among[Math.floor(random() * among.length)];
    if (iccid !== undefined) reads.push(read(iccid));
    await pass((random() * 2 * secondMs) / perSecond);
  }
  await pass(softWaitMs);
  return { beganMs, reads: await Promise.all(reads), moments: moments.slice(first) };
}

/** What a read should never be: unanswered for long, without a reading, or with another eSIM's. */
function isBad({ iccid, result, tookMs }: Read): boolean {
  const isIts =
    result.kind === 'reading' &&
    result.iccid === iccid &&
    result.data?.total === 1_024 + fleet.indexOf(iccid);
  return tookMs > softWaitMs || !isIts;
}

const staleReason = ({ result }: Read) => (result.kind === 'reading' ? result.staleReason : null);

function timesOf(moments: readonly Moment[], type: UsageEvent['type']): number[] {
  return moments.filter(({ event }) => event.type === type).map(({ atMs }) => atMs);
}

/** For those of the ICCIDs that were read anew, when that was first so. */
function renewals(moments: readonly Moment[], iccids: readonly string[]): number[] {
  const renewed = new Map<string, number>();
  for (const { event, atMs } of moments)
    if (event.type === 'cache.fill' && !renewed.has(event.iccid)) renewed.set(event.iccid, atMs);
  return iccids.flatMap((iccid) => renewed.get(iccid) ?? []);
}

it('serves 5,000 old readings through an hour without an upstream, which it asks once a breaker period, and renews the hot ones first', async () => {
  const random = createRandom();
  const gateway = await startMortalGateway({ ...documented, random });
  await fill(gateway);

  for (const { name, kill, revive } of gateway.deaths) {
    // Until none of them is fresh.
    await gateway.pass(45 * minuteMs);
    await kill();
    const dead = await traffic(gateway, random, hourMs, 1);
    const [openedMs = Number.NaN] = timesOf(dead.moments, 'breaker.opened');
    const calls = timesOf(dead.moments, 'upstream.request');
    const probes = calls.filter((atMs) => atMs > openedMs);
    const apartMs = probes.map((atMs, index) => atMs - (probes[index - 1] ?? openedMs));
    expect(dead.reads.length).toBeGreaterThan(3_000);
    expect(dead.reads.filter(isBad), name).toEqual([]);
    expect(
      dead.reads.filter((read) => staleReason(read) === null),
      name,
    ).toEqual([]);
    expect(calls.length - probes.length, name).toBeLessThanOrEqual(2 * breakerFailures + companyRequests);
    expect(Math.min(...apartMs), name).toBeGreaterThanOrEqual(breakerMs);
    expect(Math.max(...apartMs), name).toBeLessThan(breakerMs + callTimeoutMs + 10 * secondMs);

    await revive();
    const alive = await traffic(gateway, random, 3 * minuteMs, 20);
    const hotMs = renewals(alive.moments, hot);
    const allHotMs = Math.max(...hotMs);
    const coldMs = renewals(alive.moments, fleet.slice(hot.length)).filter((atMs) => atMs < allHotMs);
    expect(alive.reads.filter(isBad), name).toEqual([]);
    expect(hotMs.length, name).toBe(hot.length);
    expect(coldMs.length, name).toBeLessThan(fleet.length / 10);
    const after = alive.reads.filter(({ iccid, answeredMs }) => hot.includes(iccid) && answeredMs > allHotMs);
    expect(new Set(after.map(staleReason)), name).toEqual(new Set([null]));
    expect(timesOf([...dead.moments, ...alive.moments], 'scheduler.paused'), name).toEqual([]);
  }
});
