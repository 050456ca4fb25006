import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import {
  conclude,
  mostInASecond,
  type RealGateway,
  serveRealGateway,
  startRealGateway,
} from '../support/real-gateway.js';

/**
 * Measures in real time, on the documented limits, what becomes of 1,000 operations at once, each for one cold ICCID: how soon
 * those are refused that cannot be served, whether as many are served as the limits allow, and whether the refused are served
 * who come back exactly when they were told to. With a cold token nobody knows yet how long calls take, and over HTTP clients and
 * server share a process: both are only printed. So is how soon the refusals came, which the machine has its part in: the first
 * crowd of a process shows code that is not compiled yet, the last what a gateway in service does.
 */
const operations = 1_000;
const deadlineMs = 8_000;
const windowMs = 1_000;
/** So many times the same, before the code is as fast as it gets. */
const crowds = 10;
const companyRequests = 5;
/** Who is told to come back later than this is not waited for. */
const comebackSeconds = 20;
/** Long enough for all slots to be free again. */
const settledMs = 1_500;
const [warming = '', ...iccids] = fleetIccids(1 + operations);

/** Asks for one ICCID: null when that brings a reading, and else in how many seconds to come back. */
type Ask = (iccid: string) => Promise<number | null>;

interface Outcome {
  readonly iccid: string;
  readonly comeBackInSeconds: number | null;
  readonly tookMs: number;
  readonly endedMs: number;
}

async function outcomeOf(ask: Ask, iccid: string): Promise<Outcome> {
  const beganMs = performance.now();
  const comeBackInSeconds = await ask(iccid);
  const endedMs = performance.now();
  return { iccid, comeBackInSeconds, tookMs: endedMs - beganMs, endedMs };
}

function askModule(gateway: RealGateway): Ask {
  return async (iccid) => {
    const [result] = await gateway.ask([iccid]);
    return result?.kind === 'reading' ? null : (result?.retryAfterSeconds ?? Number.NaN);
  };
}

/** How many are served by the deadline if each call takes `roundTripMs`, the token's too. */
function mostServed(isWarm: boolean, roundTripMs: number): number {
  const [tokensMs, othersMs] = isWarm ? [0, 0] : [roundTripMs + windowMs, roundTripMs];
  const served = (freeMs: number): number =>
    1 + Math.floor((deadlineMs - roundTripMs - freeMs) / (windowMs + roundTripMs));
  return served(tokensMs) + (companyRequests - 1) * served(othersMs);
}

/**
 * How far these whole seconds, rounded up and in their order, are from when the limits have room for one more, at the most.
 */
function mostOff(toldSeconds: readonly number[], perSecond: number): number {
  return Math.max(
    ...toldSeconds.map((seconds, index) =>
      Math.max(seconds - 1 - index / perSecond, index / perSecond - seconds),
    ),
  );
}

function quantilesOf(outcomes: readonly Outcome[]) {
  const sorted = outcomes.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const quantile = (part: number): number =>
    Number(sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1));
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

const isServed = ({ comeBackInSeconds }: Outcome): boolean => comeBackInSeconds === null;
const isRefused = (outcome: Outcome): boolean => !isServed(outcome);

/** All at once, and then those again who were told to come back soon, each at its moment. */
async function overload(gateway: RealGateway, isWarm: boolean, roundTripsMs: readonly number[]) {
  const ask = askModule(gateway);
  const comebacks: Promise<Outcome>[] = [];
  async function askAndComeBack(iccid: string): Promise<Outcome> {
    const outcome = await outcomeOf(ask, iccid);
    const seconds = outcome.comeBackInSeconds;
    if (seconds !== null && seconds <= comebackSeconds) comebacks.push(comeBack(outcome, seconds));
    return outcome;
  }
  async function comeBack({ iccid, endedMs }: Outcome, seconds: number): Promise<Outcome> {
    await setTimeout(endedMs + seconds * 1_000 - performance.now());
    return outcomeOf(ask, iccid);
  }
  const outcomes = await Promise.all(iccids.map(askAndComeBack));
  const returned = await Promise.all(comebacks);

  const roundTripMs = roundTripsMs.reduce((sum, each) => sum + each, 0) / roundTripsMs.length;
  const perSecond = (companyRequests * 1_000) / (windowMs + roundTripMs);
  const told = outcomes
    .flatMap(({ comeBackInSeconds }) => comeBackInSeconds ?? [])
    .filter((seconds) => seconds <= comebackSeconds)
    .sort((a, b) => a - b);
  return {
    token: isWarm ? 'warm' : 'cold',
    ...quantilesOf(outcomes.filter(isRefused)),
    served: outcomes.filter(isServed).length,
    'limits allow': mostServed(isWarm, roundTripMs),
    'last after, ms': Math.round(Math.max(...outcomes.filter(isServed).map(({ tookMs }) => tookMs))),
    'came back': returned.length,
    'served then': returned.filter(isServed).length,
    'longest, ms': Math.round(Math.max(...returned.map(({ tookMs }) => tookMs))),
    'told a second': Number((told.length / comebackSeconds).toFixed(2)),
    'limits allow a second': Number(perSecond.toFixed(2)),
    'furthest off, s': Number(mostOff(told, perSecond).toFixed(2)),
    'most in a second': mostInASecond(gateway.simulator),
  };
}

async function measure(isWarm: boolean) {
  const roundTripsMs: number[] = [];
  const gateway = await startRealGateway({
    report(event) {
      if (event.type === 'upstream.reply') roundTripsMs.push(event.tookMs);
    },
  });
  if (isWarm) await warmUp(gateway);
  const run = await overload(gateway, isWarm, roundTripsMs);
  await gateway.close();
  return run;
}

async function warmUp({ ask }: RealGateway): Promise<void> {
  await ask([warming]);
  await setTimeout(settledMs);
}

async function measureHttp() {
  const gateway = await startRealGateway();
  await warmUp(gateway);
  const served = await serveRealGateway(gateway);
  const query =
    'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ... on EsimUsageProblem { retryAfterSeconds } } }';
  const ask: Ask = async (iccid) => {
    const [, seconds] = /"retryAfterSeconds":(\d+)/.exec(await served.ask(query, { iccid })) ?? [];
    return seconds === undefined ? null : Number(seconds);
  };
  const outcomes = await Promise.all(iccids.map((iccid) => outcomeOf(ask, iccid)));
  await served.close();
  return { ...quantilesOf(outcomes.filter(isRefused)), served: outcomes.filter(isServed).length };
}

function faultsOf(run: Awaited<ReturnType<typeof measure>>): string[] {
  const faults = Object.entries({
    'not as many served as the limits allow': run.served !== run['limits allow'],
    'refused again': run['served then'] !== run['came back'],
    'told to come back at a wrong moment': run['furthest off, s'] > 1,
    'too many in a second': run['most in a second'] > companyRequests,
  });
  return faults.filter(([, isSo]) => isSo).map(([fault]) => fault);
}

/** How soon the refusals of each crowd of a new process come, in ms: of the built package, in plain Node.js, as it is run. */
function measureRefusals(): unknown {
  const program = new URL('../support/crowd.mjs', import.meta.url);
  return JSON.parse(
    execFileSync(process.execPath, [program.pathname, `${crowds}`, `${operations}`], { encoding: 'utf8' }),
  );
}

console.log('Refusals of one process’s crowds, in ms:');
console.table(measureRefusals());
const [warm, cold] = await Promise.all([measure(true), measure(false)]);
console.log('Over HTTP, in ms:', await measureHttp());
conclude([warm, cold], faultsOf(warm));
