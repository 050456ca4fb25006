import { startBuiltGateway } from '../support/built-gateway.js';
import { conclude } from '../support/real-gateway.js';

/** Starts the built gateway again and again, and prints how long it takes from there to its first answer to a query. */
const starts = 10;
const medianAtMostMs = 1_500;
/** Nothing is asked of it. */
const environment = {
  AIRALO_CLIENT_ID: 'unused',
  AIRALO_CLIENT_SECRET: 'unused',
  AIRALO_BASE_URL: 'http://127.0.0.1:9',
};

async function measure(): Promise<number> {
  const beganMs = performance.now();
  const gateway = await startBuiltGateway(environment);
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  const tookMs = performance.now() - beganMs;
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  await response.text();
  await gateway.end();
  return tookMs;
}

const tookMs: number[] = [];
while (tookMs.length < starts) tookMs.push(Math.round(await measure()));
const sorted = tookMs.sort((a, b) => a - b);
const medianMs = sorted[Math.floor(starts / 2)] ?? Number.NaN;
conclude(
  [{ starts, 'least, ms': sorted[0], 'median, ms': medianMs, 'most, ms': sorted.at(-1) }],
  medianMs <= medianAtMostMs ? [] : [`the median is over ${medianAtMostMs} ms`],
);
