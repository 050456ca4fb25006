import type { Arrival, Exchange, Reply, WindowKind } from 'esim-usage-gateway/simulator';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { conclude, countReadings, mostInASecond, startRealGateway } from '../support/real-gateway.js';
import { type Traffic, traffics } from '../support/upstream-traffic.js';

/**
 * Measures in real time, all at once, each kind of traffic against each kind of window and each latency: the most arrivals in any
 * rolling second (tokens included), the most for one ICCID and for tokens in any rolling minute, the 429s, and, where slots are
 * never free, the throughput against 5/(1 + round trip), as long as it really was.
 */
const companyRequests = 5;
const iccidRequests = 10;
const tokenRequests = 3;
const windowMs = 1_000;
const minuteMs = 60_000;
const leastThroughput = 0.95;

const windowKinds: readonly WindowKind[] = ['anchored', 'aligned', 'sliding'];
const latencies: readonly { name: string; latencyMs: () => number }[] = [
  { name: '0', latencyMs: () => 0 },
  { name: '150', latencyMs: () => 150 },
  { name: '0 to 400', latencyMs: () => Math.random() * 400 },
];

interface Run {
  readonly traffic: Traffic['name'];
  readonly 'window kind': WindowKind;
  readonly 'latency, ms': string;
  readonly arrivals: number;
  readonly resets: number;
  readonly readings: number;
  readonly 'not readings': number;
  readonly 'most in a second': number;
  readonly 'for one ICCID in a minute': number;
  readonly 'tokens in a minute': number;
  readonly '429s': number;
  readonly throughput: number | null;
}

async function measure(
  traffic: Traffic,
  windowKind: WindowKind,
  { name, latencyMs }: (typeof latencies)[number],
): Promise<Run> {
  const roundTripsMs: number[] = [];
  // Counted as the simulator says it, because a client that has gone never sees it.
  let refusals = 0;
  let answers = 0;
  let resets = 0;
  function intercept({ arrival, reply }: Exchange): Reply | undefined {
    if (reply.status === 429) refusals += 1;
    if (arrival.kind !== 'usage' || reply.status !== 200) return undefined;
    answers += 1;
    if (answers % traffic.resetEvery !== 0) return undefined;
    resets += 1;
    return { ...reply, kind: 'broken', after: resets % 2 === 0 ? 'nothing' : 'half', end: 'reset' };
  }

  const gateway = await startRealGateway({
    simulator: { windowKind, latencyMs, intercept },
    figures: traffic.figures,
    report(event) {
      if (event.type === 'upstream.reply') roundTripsMs.push(event.tookMs);
    },
  });
  const results = await traffic.run(gateway, windowKind);
  await gateway.close();

  const { arrivals } = gateway.simulator;
  const readings = countReadings(results);
  return {
    traffic: traffic.name,
    'window kind': windowKind,
    'latency, ms': name,
    arrivals: arrivals.length,
    resets,
    readings,
    'not readings': results.length - readings,
    'most in a second': mostInASecond(gateway.simulator),
    'for one ICCID in a minute': mostForOneIccid(arrivals),
    'tokens in a minute': mostInAnyWindow(momentsOf(arrivals, 'token'), minuteMs),
    '429s': refusals,
    throughput: traffic.name === 'backlog' ? throughputOf(arrivals, mean(roundTripsMs)) : null,
  };
}

function momentsOf(arrivals: readonly Arrival[], kind: Arrival['kind']): number[] {
  return arrivals.filter((each) => each.kind === kind).map(({ atMs }) => atMs);
}

function mostForOneIccid(arrivals: readonly Arrival[]): number {
  const byIccid = new Map<string, number[]>();
  for (const { iccid, atMs } of arrivals)
    if (iccid !== null) byIccid.set(iccid, [...(byIccid.get(iccid) ?? []), atMs]);
  return Math.max(...[...byIccid.values()].map((moments) => mostInAnyWindow(moments, minuteMs)));
}

/** In a steady state every slot sends once in a window and a round trip, and then an arrival is that long after its fifth last. */
function throughputOf(arrivals: readonly Arrival[], roundTripMs: number): number {
  const gaps = arrivals
    .slice(companyRequests)
    .map(({ atMs }, index) => atMs - (arrivals[index]?.atMs ?? Number.NaN));
  return Number(((windowMs + roundTripMs) / mean(gaps)).toFixed(3));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function faultsOf(run: Run): string[] {
  const { traffic, throughput } = run;
  const faults = Object.entries({
    'too many in a second': run['most in a second'] > companyRequests,
    'too many for one ICCID': run['for one ICCID in a minute'] > iccidRequests,
    'too many tokens': run['tokens in a minute'] > tokenRequests,
    refused: run['429s'] > 0,
    'too few readings': traffic !== 'adversarial' && run['not readings'] > 0,
    'too slow': throughput !== null && throughput < leastThroughput,
    'no attack': traffic === 'adversarial' && (run.resets < 5 || run['tokens in a minute'] < 2),
  }).filter(([, isSo]) => isSo);
  return faults.map(([fault]) => `${traffic}, ${run['window kind']}, ${run['latency, ms']} ms: ${fault}`);
}

const runs = await Promise.all(
  traffics.flatMap((traffic) =>
    windowKinds.flatMap((kind) => latencies.map((latency) => measure(traffic, kind, latency))),
  ),
);
conclude(runs, runs.flatMap(faultsOf));
