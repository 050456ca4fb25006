import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Load, Outcome } from './load.js';
import { askInTurn, type Operation } from './operations.js';
import type { Server } from './start-server.js';
import { spreadOf } from './statistics.js';
import { createRandom, createZipf } from './zipf.js';

/** The longest in the middle of all rounds, in milliseconds. */
const pauses = z.object({
  /** By which its event loop came too late to something. */
  loopMs: z.number(),
  /** The part of it in which the process had a core, with any of its threads; and with the one that answers. */
  processMs: z.number(),
  mainMs: z.number(),
  /** For which garbage collection stopped it. */
  collectionMs: z.number(),
});

/** Medians of the rounds. */
export interface Answered {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How a gateway does that is asked for many eSIMs, for some often and for most rarely. */
export interface Mixed extends z.infer<typeof pauses> {
  /** Of every hundred one is for an eSIM that nobody has asked for before. */
  readonly together: Answered;
  /** Those that are at hand, and those that are not, asked for at the same time by others. */
  readonly atHand: Answered;
  readonly cold: Answered;
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
/** So many ask for nothing else, which makes about one in a hundred. */
const coldConnections = 3;
/** Until the code for what is rare is as fast as it gets, too. */
const warmingSeconds = 15;
/** At the beginning of a round, and at its end, so many connections are made and closed at once as no network brings. */
const edgeMs = 200;
const seed = 1;

/** Two kinds of rounds, one after the other. Those of the first seconds are not counted. */
export async function measureMixed(options: MixedOptions): Promise<Mixed> {
  const { server, load, known, rounds, seconds } = options;
  const random = createRandom(seed);
  const draw = createZipf(known.length, random);
  const unknown = options.unknown.values();
  const nextKnown = (): string => known[draw()] ?? '';
  const nextUnknown = (): string => unknown.next().value ?? '';
  const nextOfAll = (): string => (random() < unknownShare ? nextUnknown() : nextKnown());

  const ask = (next: () => string, count: number): Operation =>
    askInTurn(Array.from({ length: count }, next));
  const askTogether = (forSeconds: number): Promise<Outcome> =>
    load.run({ ...server, operation: ask(nextOfAll, mostPerSecond * forSeconds), seconds: forSeconds });

  async function askApart(): Promise<{ readonly atHand: Outcome; readonly cold: Outcome }> {
    const colds = ask(nextUnknown, mostPerSecond * unknownShare * seconds);
    const [atHand, cold] = await Promise.all([
      load.run({ ...server, operation: ask(nextKnown, mostPerSecond * seconds), seconds }),
      load.run({ ...server, operation: colds, seconds, connections: coldConnections }),
    ]);
    return { atHand, cold };
  }

  const seen: z.infer<typeof pauses>[] = [];
  async function watched<T>(asking: Promise<T>): Promise<T> {
    await setTimeout(edgeMs);
    await server.tell('pauses');
    await setTimeout(seconds * 1_000 - 2 * edgeMs);
    seen.push(pauses.parse(await server.tell('pauses')));
    return asking;
  }

  await askTogether(warmingSeconds);
  const { waitedSeconds } = server.figures();
  const together: Outcome[] = [];
  const apart: Awaited<ReturnType<typeof askApart>>[] = [];
  while (apart.length < rounds) {
    together.push(await watched(askTogether(seconds)));
    apart.push(await watched(askApart()));
  }
  return {
    together: answered(together),
    atHand: answered(apart.map(({ atHand }) => atHand)),
    cold: answered(apart.map(({ cold }) => cold)),
    waitedShare: (server.figures().waitedSeconds - waitedSeconds) / (2 * rounds * seconds),
    loopMs: mostOf(seen.map(({ loopMs }) => loopMs)),
    processMs: mostOf(seen.map(({ processMs }) => processMs)),
    mainMs: mostOf(seen.map(({ mainMs }) => mainMs)),
    collectionMs: mostOf(seen.map(({ collectionMs }) => collectionMs)),
  };
}

const mostOf = (figures: readonly number[]): number => spreadOf(figures).most;

function answered(outcomes: readonly Outcome[]): Answered {
  return {
    perSecond: spreadOf(outcomes.map(({ requests, seconds }) => requests / seconds)).median,
    p50Ms: spreadOf(outcomes.map(({ p50Ms }) => p50Ms)).median,
    p99Ms: spreadOf(outcomes.map(({ p99Ms }) => p99Ms)).median,
  };
}
