import type { Measurement } from './measure.js';
import type { Mixed } from './mixed.js';
import { type Results, ratioOf } from './results.js';
import { names } from './servers.js';

/** What is wanted, and what came of it. */
export interface Goal {
  readonly text: string;
  readonly wanted: string;
  readonly got: string;
  readonly isMet: boolean;
}

const megabyte = 1e6;

/** The goals that this gateway is held to. None of them fails a run: the machine has its part in each. */
export function goalsOf(results: Results): Goal[] {
  const { one, fifty, entities, mixed, holding } = results;
  const held = holding.find(({ readings }) => readings === 100_000);
  return [
    ...ratios('one cached eSIM', one, { [names.apollo]: 6, [names.jitCached]: 2.2, [names.bare]: 0.75 }),
    ...ratios('fifty cached', fifty, { [names.apollo]: 16, [names.jit]: 2.5, [names.bare]: 0.5 }),
    atLeast(
      `_entities with fifty, to ${names.apolloSubgraph}`,
      12,
      ratioOf(entities, names.subgraph, names.apolloSubgraph),
    ),
    atLeast('one cached eSIM, hardened, to the log off', 0.8, ratioOf(one, names.hardened, names.quiet)),
    atLeast('fifty cached, hardened, to the log off', 0.8, ratioOf(fifty, names.hardened, names.quiet)),
    waiting(mixed, atMost('mixed traffic, p99 to p50', 3, mixed.p99Ms / mixed.p50Ms, '')),
    waiting(mixed, atMost('mixed traffic, longest pause', 20, mixed.loopMs, ' ms')),
    ...(held === undefined
      ? []
      : [atMost('100,000 readings, above none', 60, held.bytesAbove / megabyte, ' MB')]),
  ];
}

/** The peers have no log: what is compared is the gateway without, and told is what it is with. */
function ratios(
  what: string,
  measured: readonly Measurement[],
  wanted: Readonly<Record<string, number>>,
): Goal[] {
  return Object.entries(wanted).map(([other, least]) => {
    const logging = ratioOf(measured, names.ours, other).toFixed(2);
    const goal = atLeast(`${what}, log off, to ${other}`, least, ratioOf(measured, names.quiet, other));
    return { ...goal, got: `${goal.got} (${logging} with the log)` };
  });
}

/** Both are the machine's as much as the server's where it had to wait for its core. */
function waiting({ waitedShare }: Mixed, goal: Goal): Goal {
  return { ...goal, got: `${goal.got} (waited ${Math.round(waitedShare * 100)} % of the time)` };
}

function atLeast(text: string, wanted: number, got: number): Goal {
  return { text, wanted: `≥ ${wanted}`, got: got.toFixed(2), isMet: got >= wanted };
}

function atMost(text: string, wanted: number, got: number, unit: string): Goal {
  return { text, wanted: `≤ ${wanted}${unit}`, got: `${got.toFixed(1)}${unit}`, isMet: got <= wanted };
}
