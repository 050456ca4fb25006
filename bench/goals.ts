import type { Measurement } from './measure.js';
import type { Mixed } from './mixed.js';
import { type Results, ratioOf } from './results.js';
import { names } from './servers.js';
import { whole } from './statistics.js';

/** What is wanted, and what came of it. */
export interface Goal {
  readonly text: string;
  readonly wanted: string;
  readonly got: string;
  readonly isMet: boolean;
}

const megabyte = 1e6;
/** That so many readings may need. */
const mostMegabytes: ReadonlyMap<number, number> = new Map([
  [100_000, 60],
  [1_000_000, 600],
]);
const queryNames: LogNames = { logging: names.ours, quiet: names.quiet };
const subgraphNames: LogNames = { logging: names.subgraph, quiet: names.quietSubgraph };

/** The same server with its log and without. */
interface LogNames {
  readonly logging: string;
  readonly quiet: string;
}

/** The goals that this gateway is held to. None of them fails a run: the machine has its part in each. */
export function goalsOf(results: Results): Goal[] {
  const { one, fifty, entities, cold, mixed, holding } = results;
  const { together, atHand } = mixed;
  return [
    ...ratios('one cached eSIM', one, { [names.apollo]: 6, [names.jitCached]: 2.2, [names.bare]: 0.75 }),
    ...ratios('fifty cached', fifty, { [names.apollo]: 16, [names.jit]: 2.5, [names.bare]: 0.5 }),
    ...ratios('_entities with fifty', entities, { [names.apolloSubgraph]: 12 }, subgraphNames),
    atLeast('one cached eSIM, hardened, to the log off', 0.8, ratioOf(one, names.hardened, names.quiet)),
    atLeast('fifty cached, hardened, to the log off', 0.8, ratioOf(fifty, names.hardened, names.quiet)),
    atMost('a cold eSIM, above the upstream itself', 2, cold.gatewayMs - cold.upstreamMs, ' ms'),
    waiting(mixed, atMost('mixed traffic, p99 to p50', 3, together.p99Ms / together.p50Ms, '')),
    waiting(mixed, atMost('of it what is at hand, p99 to p50', 3, atHand.p99Ms / atHand.p50Ms, '')),
    waiting(mixed, atMost('mixed traffic, longest pause', 20, mixed.loopMs, ' ms')),
    atMost('of it by the thread that answers', 20, mixed.mainMs, ' ms'),
    ...holding.flatMap(({ readings, bytesAbove }) => {
      const most = mostMegabytes.get(readings);
      const text = `${whole(readings)} readings, above none`;
      return most === undefined ? [] : [atMost(text, most, bytesAbove / megabyte, ' MB')];
    }),
  ];
}

/** The peers have no log: what is compared is the gateway without, and told is what it is with. */
function ratios(
  what: string,
  measured: readonly Measurement[],
  wanted: Readonly<Record<string, number>>,
  { logging, quiet } = queryNames,
): Goal[] {
  return Object.entries(wanted).map(([other, least]) => {
    const goal = atLeast(`${what}, log off, to ${other}`, least, ratioOf(measured, quiet, other));
    const withLog = ratioOf(measured, logging, other).toFixed(2);
    return { ...goal, got: `${goal.got} (${withLog} with the log)` };
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
