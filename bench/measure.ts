import type { Load } from './load.js';
import type { Operation } from './operations.js';
import type { Server } from './start-server.js';
import { type Spread, spreadOf } from './statistics.js';

/** What one server did in all rounds of one operation. */
export interface Measurement {
  readonly server: string;
  /** Requests for each second of processor time that the server took. */
  readonly perCpuSecond: Spread;
  /** Requests for each second of the clock, which other work on the machine has its part in. */
  readonly perSecond: Spread;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The part of the time in which it could have run while something else had its core. */
  readonly waitedShare: number;
  /** After the last round. */
  readonly residentBytes: number;
}

export interface MeasureOptions {
  readonly load: Load;
  readonly servers: readonly Server[];
  readonly operation: Operation;
  readonly rounds: number;
  /** Of each round. */
  readonly seconds: number;
}

/** Rounds that are not counted: the code is not as fast yet as it gets. */
const warmingRounds = 2;

/**
 * One round after the other over all servers, so that whatever else the machine does meets each of them. The others are frozen meanwhile: one
 * that collects its garbage after its round would do so on the core of the next.
 */
export async function measure(options: MeasureOptions): Promise<Measurement[]> {
  const { load, servers, operation, rounds, seconds } = options;
  const measured = servers.map((server) => {
    const figures: RoundFigures[] = [];
    return { server, figures };
  });
  for (const server of servers) server.freeze();
  for (let number = -warmingRounds; number < rounds; number += 1)
    for (const { server, figures } of measured) {
      server.thaw();
      const round = await runRound(load, server, operation, seconds);
      server.freeze();
      if (number >= 0) figures.push(round);
    }
  for (const server of servers) server.thaw();
  return measured.map(({ server, figures }) => {
    const spread = (name: keyof RoundFigures): Spread => spreadOf(figures.map((round) => round[name]));
    return {
      server: server.name,
      perCpuSecond: spread('perCpuSecond'),
      perSecond: spread('perSecond'),
      p50Ms: spread('p50Ms').median,
      p99Ms: spread('p99Ms').median,
      waitedShare: spread('waitedShare').median,
      residentBytes: server.figures().residentBytes,
    };
  });
}

interface RoundFigures {
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly waitedShare: number;
}

async function runRound(
  load: Load,
  { url, headers, figures }: Server,
  operation: Operation,
  seconds: number,
): Promise<RoundFigures> {
  const before = figures();
  const outcome = await load.run({ url, headers, operation, seconds });
  const after = figures();
  return {
    perCpuSecond: outcome.requests / (after.cpuSeconds - before.cpuSeconds),
    perSecond: outcome.requests / outcome.seconds,
    p50Ms: outcome.p50Ms,
    p99Ms: outcome.p99Ms,
    waitedShare: (after.waitedSeconds - before.waitedSeconds) / outcome.seconds,
  };
}
