import { setTimeout } from 'node:timers/promises';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { conclude, countReadings, startRealGateway } from '../support/real-gateway.js';

/**
 * Measures in real time, against the simulator's own latency and the documented limits, what becomes of 20 operations for one
 * cold ICCID each, right behind an operation for 100: all of them should be answered before it is, the first within 1.5 s.
 */
const bigSize = 100;
const smallCount = 20;
const mostForFirstMs = 1_500;
/** Long enough for all slots to be free again. */
const settledMs = 1_500;

const starts = [
  { name: 'warm token, right behind', isWarm: true, behindMs: 0 },
  { name: 'warm token, 0.1 s behind', isWarm: true, behindMs: 100 },
  { name: 'warm token, 3 s behind', isWarm: true, behindMs: 3_000 },
  { name: 'cold token, right behind', isWarm: false, behindMs: 0 },
] as const;

interface Timed {
  readonly readings: number;
  readonly tookMs: number;
  readonly endedMs: number;
}

async function timed(results: Promise<Parameters<typeof countReadings>[0]>): Promise<Timed> {
  const beganMs = performance.now();
  const readings = countReadings(await results);
  const endedMs = performance.now();
  return { readings, tookMs: Math.round(endedMs - beganMs), endedMs };
}

async function measure({ name, isWarm, behindMs }: (typeof starts)[number]) {
  // A big operation must be patient to be answered in full.
  const { ask, close } = await startRealGateway({ figures: { deadlineMs: 60_000 } });
  const [warming = '', ...iccids] = fleetIccids(1 + bigSize + smallCount);
  if (isWarm) {
    await ask([warming]);
    await setTimeout(settledMs);
  }
  const big = timed(ask(iccids.slice(0, bigSize)));
  if (behindMs > 0) await setTimeout(behindMs);
  const small = await Promise.all(iccids.slice(bigSize).map((iccid) => timed(ask([iccid]))));
  const { readings, tookMs, endedMs } = await big;
  await close();

  const times = small.map((each) => each.tookMs).sort((a, b) => a - b);
  return {
    start: name,
    'readings of the big one': readings,
    'readings of the small ones': small.reduce((sum, each) => sum + each.readings, 0),
    'small ones before it': small.filter((each) => each.endedMs < endedMs).length,
    'first small, ms': times[0] ?? Number.NaN,
    'median small, ms': times[smallCount / 2] ?? Number.NaN,
    'last small, ms': times.at(-1) ?? Number.NaN,
    'big, ms': tookMs,
  };
}

const runs = await Promise.all(starts.map(measure));
conclude(
  runs,
  runs
    .filter(
      (run) =>
        run['readings of the big one'] !== bigSize ||
        run['readings of the small ones'] !== smallCount ||
        run['small ones before it'] !== smallCount ||
        !(run['first small, ms'] <= mostForFirstMs),
    )
    .map(({ start }) => `${start}: not fair`),
);
