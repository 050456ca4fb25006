import { randomInt } from 'node:crypto';
import { createSimulator, fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { faultsOf } from '../support/fuzz/faults-of.js';
import { type Shot, shots } from '../support/fuzz/requests.js';
import { createShooter, type Shooter } from '../support/fuzz/shooter.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { conclude, mostInASecond } from '../support/real-gateway.js';

/**
 * Sends 20,000 things to the built gateway that nobody should send, and some that are as they should be: half of them the same in every run,
 * half of them new. `npm run check:fuzz -- SEED` sends all of one seed, as a run that failed has printed it.
 *
 * How long an answer takes is the machine's business, too, so what is slow is sent again by itself, and is a fault when it is slow each
 * time. So that no answer has to wait for the upstream's limits, no call may wait for its turn.
 */
const count = 20_000;
const warmUpCount = 2_000;
const atOnce = 4;
const slowMs = 100;
const tries = 3;
const controlEvery = 20;
const companyRequests = 5;
/** What may be grown by in all: a leak of 1 KB a request would be 18 MB. */
const mostGrownBytes = 12 * 2 ** 20;
const mebibyte = 2 ** 20;

const given = process.argv[2];
const seeds = given === undefined ? [1, randomInt(2 ** 31)] : [Number(given)];
console.log(`Seeds: ${seeds.join(' and ')}`);

const simulator = await createSimulator({ latencyMs: 0 });
const gateway = await startGatewayProcess(simulator, {
  ESIM_USAGE_MAX_WAITING: '0',
  ESIM_SCHEMA_FEDERATION: 'true',
});
const control: Shot = {
  kind: 'document',
  isInOrder: true,
  bytes: 'GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\napollo-require-preflight: 1\r\n\r\n',
};

interface Slow {
  readonly shot: Shot;
  readonly tookMs: number;
}
const faults: string[] = [];
const slow: Slow[] = [];
const times = { control: [] as number[], shot: [] as number[] };
const statuses = new Map<string, Map<string, number>>();
function note(kind: string, what: string): void {
  const counts = statuses.get(kind) ?? new Map<string, number>();
  statuses.set(kind, counts.set(what, (counts.get(what) ?? 0) + 1));
}

function fault(what: string, { kind, bytes }: Shot): void {
  const shown = JSON.stringify(
    bytes.length > 600 ? `${bytes.slice(0, 600)}… (${bytes.length} bytes)` : bytes,
  );
  if (faults.length < 20) faults.push(`${what}: ${kind} ${shown}`);
}

async function send(shooter: Shooter, shot: Shot): Promise<void> {
  const hit = await shooter.shoot(shot);
  for (const what of faultsOf(shot, hit)) fault(what, shot);
  for (const { status, text } of hit.answers)
    note(shot.kind, status === 200 && text.includes('"errors"') ? '200 with errors' : `${status}`);
  if (hit.answers.length === 0) note(shot.kind, 'none');
  if (hit.tookMs === null) return;
  times.shot.push(hit.tookMs);
  if (hit.tookMs > slowMs) slow.push({ shot, tookMs: hit.tookMs });
}

async function sendAll(list: readonly Shot[]): Promise<void> {
  const left = list.entries();
  async function work(): Promise<void> {
    const shooter = createShooter(gateway.port);
    for (const [at, shot] of left) {
      if (gateway.end() !== null) break;
      if (at % controlEvery === 0) times.control.push((await shooter.shoot(control)).tookMs ?? Number.NaN);
      await send(shooter, shot);
    }
    shooter.close();
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** The least that a shot takes of several tries, with nothing beside it. */
async function leastMs(shot: Shot): Promise<number> {
  const shooter = createShooter(gateway.port);
  const took: number[] = [];
  for (let each = 0; each < tries; each += 1) took.push((await shooter.shoot(shot)).tookMs ?? 0);
  shooter.close();
  return Math.min(...took);
}

const quantile = (values: readonly number[], part: number): number =>
  Number([...values].sort((a, b) => a - b)[Math.floor(part * (values.length - 1))]?.toFixed(1));

const known = [...Object.values(scenarioIccids), ...fleetIccids(4)];
const each = count / seeds.length;
const all = seeds.flatMap((seed) => fc.sample(shots(known), { seed, numRuns: each }));
const beganMs = performance.now();
await sendAll(all.slice(0, warmUpCount));
const before = await gateway.memory();
await sendAll(all.slice(warmUpCount));
const after = await gateway.memory();
const tookSeconds = (performance.now() - beganMs) / 1_000;
const again: number[] = [];
for (const { shot } of slow) {
  const ms = await leastMs(shot);
  again.push(ms);
  if (ms > slowMs) fault(`${Math.round(ms)} ms at least`, shot);
}

const isRunning = gateway.end() === null;
const ended = await gateway.stop();
await simulator.close();
const inMebibytes = (bytes: number): number => Number((bytes / mebibyte).toFixed(1));
console.table(
  Object.fromEntries([...statuses].map(([kind, counts]) => [kind, Object.fromEntries([...counts].sort())])),
);
conclude(
  [
    {
      things: all.length,
      s: Math.round(tookSeconds),
      'p50, ms': quantile(times.shot, 0.5),
      p99: quantile(times.shot, 0.99),
      slowest: quantile(times.shot, 1),
      'slow, sent again': slow.length,
      'slowest then': Math.round(Math.max(0, ...again)),
      'controls’ p50': quantile(times.control, 0.5),
      'controls’ p99': quantile(times.control, 0.99),
      'controls’ slowest': quantile(times.control, 1),
    },
    {
      'heap before, MiB': inMebibytes(before.heapBytes),
      'heap after': inMebibytes(after.heapBytes),
      'resident before': inMebibytes(before.residentBytes),
      'resident after': inMebibytes(after.residentBytes),
      calls: simulator.arrivals.length,
      'most in a second': mostInASecond(simulator),
    },
  ],
  [
    ...faults,
    ...(isRunning ? [] : [`The gateway ended: ${ended}`]),
    ...(ended === 'exit code 0' ? [] : [`Told to end, it ended by ${ended}`]),
    ...(gateway.errors() === '' ? [] : [`It wrote to standard error: ${gateway.errors().slice(0, 1_000)}`]),
    ...(after.heapBytes - before.heapBytes > mostGrownBytes ? ['It keeps what it no longer needs'] : []),
    ...(mostInASecond(simulator) > companyRequests ? ['too many calls in a second'] : []),
    ...simulator.arrivals
      .filter(({ status }) => status === 429)
      .map(({ path }) => `over the upstream’s limits: ${path}`),
    ...simulator.arrivals
      .filter(({ kind, path }) => kind !== 'token' && !/^\/v2\/sims\/\d{15,22}\/usage$/.test(path))
      .map(({ path }) => `a call that there is not: ${path}`),
  ],
);
