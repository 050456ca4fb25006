import { z } from 'zod';
import type { Load } from './load.js';
import { askInTurn } from './operations.js';
import type { Server } from './start-server.js';
import { spreadOf } from './statistics.js';
import { createRandom, createZipf } from './zipf.js';

const pauses = z.object({ loopMs: z.number(), collectionMs: z.number() });

/** How a gateway does that is asked for many eSIMs, for some often and for most rarely. */
export interface Mixed {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The longest that its event loop came too late to something, and the longest that garbage collection stopped it. */
  readonly loopMs: number;
  readonly collectionMs: number;
  /** The part of the time in which it could have run while something else had its core. */
  readonly waitedShare: number;
}

export interface MixedOptions {
  readonly server: Server;
  readonly load: Load;
  /** Those that it keeps readings of, and others. */
  readonly known: readonly string[];
  readonly unknown: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
}

/** More than any server here can answer. */
const mostPerSecond = 40_000;
const unknownShare = 0.01;
const seed = 1;

/** One in a hundred asks for an eSIM that nobody has asked for before. The first round is not counted. */
export async function measureMixed(options: MixedOptions): Promise<Mixed> {
  const { server, load, known, unknown, rounds, seconds } = options;
  const random = createRandom(seed);
  const draw = createZipf(known.length, random);
  const others = unknown.values();
  const next = (): string =>
    (random() < unknownShare ? others.next().value : undefined) ?? known[draw()] ?? '';

  const outcomes: Awaited<ReturnType<Load['run']>>[] = [];
  let waitedSeconds = 0;
  for (let number = 0; number <= rounds; number += 1) {
    const operation = askInTurn(Array.from({ length: mostPerSecond * seconds }, next));
    const outcome = await load.run({ ...server, operation, seconds });
    if (number > 0) outcomes.push(outcome);
    else {
      await server.tell('pauses');
      waitedSeconds = server.figures().waitedSeconds;
    }
  }
  waitedSeconds = server.figures().waitedSeconds - waitedSeconds;
  return {
    perSecond: spreadOf(outcomes.map(({ requests, seconds: took }) => requests / took)).median,
    p50Ms: spreadOf(outcomes.map(({ p50Ms }) => p50Ms)).median,
    p99Ms: spreadOf(outcomes.map(({ p99Ms }) => p99Ms)).median,
    waitedShare: waitedSeconds / outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0),
    ...pauses.parse(await server.tell('pauses')),
  };
}
