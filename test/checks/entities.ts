import { fleetIccids } from 'esim-usage-gateway/simulator';
import { conclude, serveRealGateway, startRealGateway } from '../support/real-gateway.js';

/**
 * Measures side by side what a hundred cached readings cost as a gateway asks for them, by representations, and as a list. The
 * times are printed as a ratio and judged by nobody; what is judged is that both are answered from the cache, each eSIM looked up once.
 */
const count = 100;
const rounds = 30;
const requestsEach = 20;
/** So many times the same, before the code is as fast as it gets. */
const warmUpRounds = 5;
const iccids = fleetIccids(count);
const fields = `... on EsimUsage {
  iccid status isUnlimited data { unit total remaining used } expiresAt freshness { fetchedAt asOfNotBefore freshUntil staleReason }
}`;
const queries = {
  list: {
    query: `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ${fields} } }`,
    variables: { iccids },
  },
  entities: {
    query: `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Esim { usage { ${fields} } } } }`,
    variables: { representations: iccids.map((iccid) => ({ __typename: 'Esim', iccid })) },
  },
};

const events = new Map<string, number>();
const gateway = await startRealGateway({
  schema: { federation: true },
  // The limits are not what is measured.
  simulator: { latencyMs: 0, limits: { companyRequests: 1_000, iccidRequests: 1_000, tokenRequests: 1_000 } },
  figures: { companyRequests: 1_000, companyWindowMs: 1, iccidRequests: 1_000 },
  report: ({ type }) => events.set(type, (events.get(type) ?? 0) + 1),
});
const served = await serveRealGateway(gateway);
const ask = ({ query, variables }: (typeof queries)[keyof typeof queries]): Promise<string> =>
  served.ask(query, variables);

async function meanMs(question: (typeof queries)[keyof typeof queries]): Promise<number> {
  const beganMs = performance.now();
  for (let each = 0; each < requestsEach; each += 1) await ask(question);
  return (performance.now() - beganMs) / requestsEach;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const faults: string[] = [];
await ask(queries.list);
for (const [name, question] of Object.entries(queries)) {
  const before = new Map(events);
  const answer = await ask(question);
  const counted = (type: string): number => (events.get(type) ?? 0) - (before.get(type) ?? 0);
  if (answer.split('"status":"').length !== count + 1) faults.push(`${name}: not ${count} readings`);
  if (counted('cache.hit') !== count) faults.push(`${name}: ${counted('cache.hit')} look-ups`);
  if (counted('upstream.request') !== 0) faults.push(`${name}: asked the upstream`);
}

// Interleaved, so that both have their part in whatever else the machine does.
const times: { list: number; entities: number }[] = [];
for (let round = 0; round < rounds; round += 1)
  times.push({ list: await meanMs(queries.list), entities: await meanMs(queries.entities) });
const warm = times.slice(warmUpRounds);
await served.close();
const ratios = warm.map(({ list, entities }) => entities / list).sort((a, b) => a - b);
const rounded = (value: number | undefined): number => Number(value?.toFixed(2));
conclude(
  [
    {
      readings: count,
      'list, ms': rounded(median(warm.map(({ list }) => list))),
      'entities, ms': rounded(median(warm.map(({ entities }) => entities))),
      'entities to list': rounded(median(ratios)),
      least: rounded(ratios[0]),
      most: rounded(ratios.at(-1)),
    },
  ],
  faults,
);
