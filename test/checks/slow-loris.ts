import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSimulator, fleetIccids } from 'esim-usage-gateway/simulator';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { startGatewayProcess } from '../support/gateway-process.js';
import { conclude } from '../support/real-gateway.js';

/**
 * Lets 500 connections that never come to an end of their requests loose on the built gateway for 60 seconds, or as many as are given
 * (`npm run check:slow-loris -- SECONDS`), and asks it for a reading that it has, over one connection and at a steady rate: meanwhile, and in
 * the quiet before and after.
 *
 * What honest clients notice is the 99th percentile of each second. The machine spoils some seconds by itself, so the median of the seconds is
 * judged, quiet against slow: a gateway that suffers does so in all of them. What is below the least that is worth a word is not. What a
 * connection was told can be lost with the bytes that were still on their way to the gateway, so it may have been told nothing.
 */
const connections = 500;
const seconds = Number(process.argv[2] ?? 60);
const quietSeconds = 10;
/** For the code to be compiled. */
const warmUpSeconds = 3;
const askEveryMs = 10;
const longestOpenMs = 6_000;
const mostTimesQuiet = 2;
const worthAWordMs = 5;

const simulator = await createSimulator();
const gateway = await startGatewayProcess(simulator);
const dispatcher = new Agent({ connections: 1, pipelining: 1 });
const query = `{ esimUsage(iccid: "${fleetIccids(1)[0]}") { ... on EsimUsage { status data { total remaining used } } } }`;
let failed = 0;

/** How long one takes to be answered. */
async function ask(): Promise<number> {
  const beganMs = performance.now();
  const text = await request(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    dispatcher,
  })
    .then(({ body }) => body.text())
    .catch(String);
  if (!text.startsWith('{"data":{"esimUsage":{"status"')) failed += 1;
  return performance.now() - beganMs;
}

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN;

/** The 99th percentile of each second of asking. */
async function askFor(lengthSeconds: number): Promise<number[]> {
  const beganMs = performance.now();
  const p99s: number[] = [];
  while (p99s.length < lengthSeconds) {
    const asked: Promise<number>[] = [];
    while (performance.now() - beganMs < (p99s.length + 1) * 1_000) {
      asked.push(ask());
      await setTimeout(askEveryMs);
    }
    p99s.push(quantile(await Promise.all(asked), 0.99));
  }
  return p99s;
}

await ask();
await askFor(warmUpSeconds);
const before = await askFor(quietSeconds);
const loris = fork(fileURLToPath(new URL('../support/slow-loris.ts', import.meta.url)), [
  `${gateway.port}`,
  `${connections}`,
  `${seconds}`,
]);
const told = Promise.race([
  once(loris, 'message'),
  once(loris, 'disconnect').then(() => Promise.reject(new Error('The slow clients told nothing'))),
]);
const slow = await askFor(seconds);
const held = z
  .array(z.object({ kind: z.string(), openMs: z.number(), status: z.number().nullable() }))
  .parse((await told)[0]);
const after = await askFor(quietSeconds);

await dispatcher.close();
const isRunning = gateway.end() === null;
const ended = await gateway.stop();
const calls = simulator.arrivals.length;
await simulator.close();

const rounded = (value: number): number => Number(value.toFixed(1));
const longest = (kind: string): number =>
  Math.max(...held.filter((each) => each.kind === kind).map(({ openMs }) => openMs));
const quietMs = quantile([...before, ...after], 0.5);
const slowMs = quantile(slow, 0.5);
console.table(
  ['idle', 'headers', 'body', 'chunks'].map((kind) => ({
    kind,
    connections: held.filter((each) => each.kind === kind).length,
    'told 408': held.filter((each) => each.kind === kind && each.status === 408).length,
    'longest open, ms': Math.round(longest(kind)),
  })),
);
conclude(
  [
    {
      'quiet p99, ms': rounded(quietMs),
      before: rounded(quantile(before, 0.5)),
      after: rounded(quantile(after, 0.5)),
      'with slow clients': rounded(slowMs),
      'worst second': rounded(Math.max(...slow)),
      'worst quiet second': rounded(Math.max(...before, ...after)),
      failed,
      calls,
    },
  ],
  [
    ...(failed === 0 ? [] : [`${failed} honest requests failed`]),
    ...(held.length >= connections ? [] : [`only ${held.length} slow connections`]),
    ...held
      .filter(({ openMs, status }) => openMs > longestOpenMs || (status ?? 408) !== 408)
      .slice(0, 10)
      .map(({ kind, openMs, status }) => `${kind}: open for ${Math.round(openMs)} ms, and told ${status}`),
    ...(slowMs > Math.max(mostTimesQuiet * quietMs, worthAWordMs) ? ['honest requests suffer'] : []),
    // A token and one reading.
    ...(calls === 2 ? [] : [`${calls} calls`]),
    ...(isRunning ? [] : [`The gateway ended: ${ended}`]),
    ...(gateway.errors() === '' ? [] : [`It wrote to standard error: ${gateway.errors().slice(0, 1_000)}`]),
  ],
);
