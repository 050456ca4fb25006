import { createEsimUsageModule } from 'esim-usage-gateway';
import {
  createSimulator,
  fleetIccids,
  type SimulatorOptions,
  type WindowKind,
} from 'esim-usage-gateway/simulator';
import { graphql } from 'graphql';
import { mostInAnyWindow } from '../support/most-in-any-window.js';

/**
 * Reads 60 cold ICCIDs in real time against each kind of window and each latency, all at once, and prints for each the most
 * arrivals in any rolling second (tokens included), the 429s, and the throughput against 5/(1 + round trip).
 */
const companyRequests = 5;
const windowMs = 1_000;
const cold = fleetIccids(60);
const leastThroughput = 0.9;

const windowKinds: readonly WindowKind[] = ['anchored', 'aligned', 'sliding'];
const latencies: readonly { name: string; latencyMs: () => number }[] = [
  { name: '0', latencyMs: () => 0 },
  { name: '150', latencyMs: () => 150 },
  { name: '0 to 400', latencyMs: () => Math.random() * 400 },
];

interface Run {
  readonly 'window kind': string;
  readonly 'latency, ms': string;
  readonly readings: number;
  readonly 'most in a second': number;
  readonly '429s': number;
  readonly throughput: number;
}

async function run(windowKind: WindowKind, { name, latencyMs }: (typeof latencies)[number]): Promise<Run> {
  const given: number[] = [];
  const timed: SimulatorOptions['latencyMs'] = () => {
    const next = latencyMs();
    given.push(next);
    return next;
  };
  const simulator = await createSimulator({ windowKind, latencyMs: timed });
  const { url: baseUrl, clientId, clientSecret } = simulator;
  const module = createEsimUsageModule({
    baseUrl,
    clientId,
    clientSecret,
    deadlineMs: 60_000,
    quietStartMs: 0,
  });
  const { data } = await graphql({
    schema: module.schema,
    source: 'query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { __typename } }',
    variableValues: { iccids: cold },
    contextValue: module.createContext(),
  });
  await module.close();
  await simulator.close();

  const readings = JSON.stringify(data).split('"EsimUsage"').length - 1;
  const arrivals = simulator.arrivals.map(({ atMs }) => atMs);
  // In a steady state every slot sends once in a window and a round trip, and then an arrival is that long after its fifth last.
  const gaps = arrivals.slice(companyRequests).map((atMs, index) => atMs - (arrivals[index] ?? Number.NaN));
  const roundTripMs = mean(given);
  return {
    'window kind': windowKind,
    'latency, ms': name,
    readings,
    'most in a second': mostInAnyWindow(arrivals, windowMs),
    '429s': simulator.arrivals.filter(({ status }) => status === 429).length,
    throughput: Number(((windowMs + roundTripMs) / mean(gaps)).toFixed(3)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

const runs = await Promise.all(windowKinds.flatMap((kind) => latencies.map((latency) => run(kind, latency))));
console.table(runs);
const broken = runs.filter(
  (each) =>
    each.readings !== cold.length ||
    each['most in a second'] > companyRequests ||
    each['429s'] > 0 ||
    each.throughput < leastThroughput,
);
console.log(
  broken.length === 0 ? 'Every run kept the limits.' : `${broken.length} of ${runs.length} runs did not.`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
