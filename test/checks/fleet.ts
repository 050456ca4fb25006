import { setTimeout } from 'node:timers/promises';
import { type BuiltGateway, startBuiltGateway } from '../support/built-gateway.js';
import { isReading, isRefused, type Phase, phaseFaults, phaseOf } from '../support/fleet-phase.js';
import { createLatch } from '../support/latch.js';
import { conclude } from '../support/real-gateway.js';
import { lacksRedis } from '../support/redis-server.js';
import { type Replicas, startReplicas } from '../support/replicas.js';
import { restartUnderLoad } from '../support/rolling-restart.js';

/**
 * Holds three gateways that share one company through one Redis to the documented limits, while far more is asked than these allow and
 * calls take up to 0.4 s either way: with Redis well, emptied, killed and frozen, and after a gateway's death with all slots in its
 * hands. Prints for each how long nothing arrived at the upstream. Then how often an ICCID is read that a thousand ask for at once, what a
 * frozen Redis costs those whose readings are at hand, and whether a rolling restart loses a request or reads anything again.
 */
const count = 3;
const companyRequests = 5;
const windowMs = 1_000;
const jitterMs = 400;
const callTimeoutMs = 1_500;
const deadlineMs = 3_000;
/** For how long a slot of which nothing is heard stays taken, and nothing is sent by those who have lost count. */
const leaseMs = callTimeoutMs + windowMs + 3_000;
/** What may come on top: a call's own way, and until somebody looks again. */
const graceMs = 2_000;
const leastThroughput = 0.9;
const askEveryMs = 25;
/** Until all slots have come back. */
const idleMs = 2 * windowMs;
const callers = 1_000;
const shortFreezeMs = 1_200;
/** Longer than anybody waits, so that who is cold is refused at once in the end. */
const measuredSeconds = 4;
const coldEveryMs = 200;
/** Of so many the median counts. */
const refusedCount = 9;
const mostForCommandMs = 60;
const mostForStartMs = 3_000;
const worthAWordMs = 2;
/** After Redis has come back. */
const mostTries = 50;
const tryEveryMs = 200;
const knownCount = 10;
const restarting = { gateways: count, restarts: 3, requests: 3_000 };

if (!lacksRedis()) await check();

async function check(): Promise<void> {
  const replicas = await startReplicas({
    count,
    jitterMs,
    environment: {
      ESIM_USAGE_CALL_TIMEOUT_MS: String(callTimeoutMs),
      ESIM_USAGE_DEADLINE_MS: String(deadlineMs),
    },
  });
  const { redis } = replicas;
  const well = await underLoad(replicas, 'a new Redis', leaseMs + 14_000, async () => undefined);
  const phases = [
    well,
    await underLoad(replicas, 'emptied', leaseMs + 2_500, () => redis.command('FLUSHALL')),
    await underLoad(replicas, 'killed, started again', leaseMs + 2_500, redis.restart),
    await underLoad(replicas, `frozen for ${shortFreezeMs} ms`, 4_000, async () => {
      redis.freeze();
      await setTimeout(shortFreezeMs);
      redis.thaw();
    }),
  ];
  const shared = await oneForAll(replicas);
  const holder = await deathOfAHolder(replicas);
  phases.push(holder);
  console.table(phases);
  console.table([shared]);
  const frozen = await frozenRedis(replicas);
  console.table([frozen]);
  const restarted = await rollingRestart(replicas);
  await replicas.close();

  const faults = Object.entries({
    'a new Redis: the limit is not used': (well.throughput ?? 0) < leastThroughput,
    'not one call for one ICCID': shared.calls !== 1,
    'not one reading for all': shared.readings !== callers || shared['different answers'] !== 1,
    'no gateway ever held all slots': !holder.phase.includes(` ${companyRequests} `),
    'frozen: the first one waits': frozen['first, ms'] > frozen['p99 before'] + mostForCommandMs,
    'frozen: all wait': frozen['p99 meanwhile'] > frozen['p99 before'] + worthAWordMs,
    'frozen: a cold one waits': frozen['cold, refused in'] > frozen['p99 before'] + mostForCommandMs,
    'frozen: a cold one gets no refusal': frozen['not refused'] > 0,
    'frozen: none can start': frozen['one more starts in, ms'] > mostForStartMs,
    'frozen: something was read': frozen.arrivals > 0,
    'frozen: it does not come back': frozen['cold is read again after, ms'] > mostTries * tryEveryMs,
    'restarted: read again what was at hand': restarted.row.arrivals > 0,
  });
  conclude(
    [restarted.row],
    [
      ...phases.flatMap((phase) => phaseFaults(phase, leaseMs + graceMs)),
      ...faults.filter(([, isSo]) => isSo).map(([fault]) => fault),
      ...restarted.faults,
    ],
  );
}

/** Asks for so long far more than the limit allows, does something at the beginning, and waits for the last answer. */
async function underLoad(
  { simulator, gateways, load }: Pick<Replicas, 'simulator' | 'gateways' | 'load'>,
  phase: string,
  forMs: number,
  disturb: () => Promise<unknown>,
): Promise<Phase> {
  const fromMs = performance.now();
  const stop = load(gateways, askEveryMs);
  await disturb();
  await setTimeout(fromMs + forMs - performance.now());
  const untilMs = performance.now();
  return phaseOf(simulator, { phase, fromMs, untilMs, answers: await stop(), roundTripMs: jitterMs });
}

/** All at once for one cold ICCID. */
async function oneForAll({ simulator, gateways, cold, ask }: Replicas) {
  await setTimeout(idleMs);
  const [iccid = ''] = cold(1);
  const asked = gateways.flatMap((gateway, nth) =>
    Array.from({ length: Math.ceil((callers - nth) / count) }, () => ask(gateway, iccid)),
  );
  const answers = await Promise.all(asked);
  return {
    callers: asked.length,
    readings: answers.filter(isReading).length,
    'different answers': new Set(answers).size,
    calls: simulator.arrivals.filter((each) => each.iccid === iccid).length,
  };
}

/** Lets one gateway take all slots for calls that nobody answers, kills it, and asks the others. */
async function deathOfAHolder(replicas: Replicas): Promise<Phase> {
  const { simulator, load } = replicas;
  const victim = nthOf(replicas.gateways, 0);
  const gateways = replicas.gateways.slice(1);
  await setTimeout(idleMs);
  const allHeld = createLatch();
  let held = 0;
  simulator.intercept(({ reply }) => {
    held += 1;
    if (held === companyRequests) allHeld.open();
    return { ...reply, kind: 'broken', after: 'nothing', end: 'hang' };
  });
  const stop = load([victim], askEveryMs);
  await Promise.race([allHeld.opened, setTimeout(leaseMs)]);
  void stop();
  simulator.intercept(undefined);
  return underLoad({ ...replicas, gateways }, `a holder of ${held} slots killed`, leaseMs + 2_500, async () =>
    victim.kill(),
  );
}

/** What Redis costs those whose readings are at hand, in milliseconds, while others ask for cold ones: when it is well, and when it is frozen. */
async function frozenRedis(replicas: Replicas) {
  const { simulator, redis, environment, gateways, cold, ask } = replicas;
  const gateway = nthOf(gateways, 1);
  const [known = ''] = cold(1);

  async function timed(iccid: string, answers: string[] = []): Promise<number> {
    const beganMs = performance.now();
    answers.push(await ask(gateway, iccid));
    return performance.now() - beganMs;
  }

  /** The median of the seconds' 99th percentiles, because the machine spoils some seconds by itself. */
  async function p99(): Promise<number> {
    const p99s: number[] = [];
    while (p99s.length < measuredSeconds) {
      const tookMs: number[] = [];
      const untilMs = performance.now() + 1_000;
      while (performance.now() < untilMs) {
        tookMs.push(await timed(known));
        await setTimeout(2);
      }
      p99s.push(quantile(tookMs, 0.99));
    }
    return quantile(p99s, 0.5);
  }
  await timed(known);
  const before = await p99();
  const frozenAtMs = performance.now();
  redis.freeze();
  const colds = cold(1).map((iccid) => ask(gateway, iccid));
  const first = await timed(known);
  const timer = setInterval(() => colds.push(...cold(1).map((iccid) => ask(gateway, iccid))), coldEveryMs);
  const meanwhile = await p99();
  clearInterval(timer);
  const refusals: string[] = [];
  const refusedMs: number[] = [];
  for (const iccid of cold(refusedCount)) refusedMs.push(await timed(iccid, refusals));
  const startedAtMs = performance.now();
  const newcomer = await startBuiltGateway(environment);
  const startedMs = performance.now() - startedAtMs;
  newcomer.kill();
  const answers = [...(await Promise.all(colds)), ...refusals];
  const thawedAtMs = performance.now();
  redis.thaw();
  const arrivals = simulator.arrivals.filter(({ atMs }) => atMs > frozenAtMs).length;
  await untilItReads(replicas, gateway);
  return {
    'p99 before': before,
    'first, ms': Number(first.toFixed(1)),
    'p99 meanwhile': meanwhile,
    'cold, refused in': quantile(refusedMs, 0.5),
    'not refused': answers.filter((answer) => !isRefused(answer)).length,
    arrivals,
    'one more starts in, ms': Math.round(startedMs),
    'cold is read again after, ms': Math.round(performance.now() - thawedAtMs),
  };
}

/** Replaces all gateways under load by ones that find in Redis what the others have read. */
async function rollingRestart(replicas: Replicas) {
  const { simulator, environment, cold, ask } = replicas;
  // The others have a token of their own, and Redis has lost it: who comes next fetches one for all.
  const newcomer = await startBuiltGateway(environment);
  await untilItReads(replicas, newcomer);
  const iccids = cold(knownCount);
  for (const iccid of iccids) await ask(newcomer, iccid);
  await newcomer.end();
  const arrivals = simulator.arrivals.length;
  const { row, faults } = await restartUnderLoad({ environment, iccids, ...restarting });
  return { row: { ...row, arrivals: simulator.arrivals.length - arrivals }, faults };
}

/** Asks for one that is cold, again and again. */
async function untilItReads({ cold, ask }: Replicas, gateway: BuiltGateway): Promise<void> {
  for (const iccid of cold(mostTries)) {
    if (isReading(await ask(gateway, iccid))) return;
    await setTimeout(tryEveryMs);
  }
}

function nthOf(gateways: readonly BuiltGateway[], nth: number): BuiltGateway {
  const gateway = gateways[nth];
  if (gateway === undefined) throw new Error(`there is no gateway ${nth}`);
  return gateway;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1));
}
