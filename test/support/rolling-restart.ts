import { setTimeout } from 'node:timers/promises';
import { createBalancer } from './balancer.js';
import { type BuiltGateway, startBuiltGateway } from './built-gateway.js';

export interface RollingRestartOptions {
  /** Of each gateway. */
  readonly environment: Readonly<Record<string, string>>;
  /** So many at any time. */
  readonly gateways: number;
  readonly restarts: number;
  /** At least so many are sent, and the restarts are spread over them. */
  readonly requests: number;
  /** What is asked for, one after the other. */
  readonly iccids: readonly string[];
}

const clients = 16;
/** Between one client's answer and its next request. */
const pauseMs = 5;
const pollMs = 100;
const drainDelayMs = 1_000;
const endsWithinMs = 10_000;
const query = 'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ... on EsimUsage { iccid } } }';

/**
 * Restarts gateways one after the other, each time a new one first, while clients ask them through a load balancer that never asks
 * twice. Tells how many requests failed and how the processes ended: none may fail, and each ends with 0 in time.
 */
export async function restartUnderLoad(options: RollingRestartOptions) {
  const { gateways, restarts, requests, iccids } = options;
  const environment = { ...options.environment, LOG_LEVEL: 'warn', DRAIN_DELAY_MS: String(drainDelayMs) };
  const balancer = createBalancer({ pollMs });
  const running: BuiltGateway[] = [];
  const ends: ReturnType<BuiltGateway['end']>[] = [];
  const failures: string[] = [];
  let sent = 0;
  let isRestarting = true;

  async function start(): Promise<void> {
    const gateway = await startBuiltGateway(environment);
    balancer.add(gateway.url);
    await balancer.ready(gateway.url);
    running.push(gateway);
  }

  async function endOldest(): Promise<void> {
    const oldest = running.shift();
    if (oldest === undefined) return;
    const ended = oldest.end();
    ends.push(ended);
    void ended.then(() => balancer.remove(oldest.url));
  }

  async function ask(iccid: string): Promise<void> {
    try {
      const { status, text } = await balancer.send(JSON.stringify({ query, variables: { iccid } }));
      if (status !== 200 || !text.includes(`"iccid":"${iccid}"`)) failures.push(`${status} ${text}`);
    } catch (error) {
      failures.push(String(error));
    }
  }

  async function runClient(): Promise<void> {
    while (isRestarting || sent < requests) {
      await ask(iccids[sent++ % iccids.length] ?? '');
      await setTimeout(pauseMs);
    }
  }

  await Promise.all(Array.from({ length: gateways }, start));
  const beganMs = performance.now();
  const load = Promise.all(Array.from({ length: clients }, runClient));
  for (let restart = 0; restart < restarts; restart += 1) {
    // Spread over all that is asked.
    while (sent < (requests * restart) / restarts) await setTimeout(pollMs);
    await start();
    await endOldest();
  }
  const restartedMs = performance.now() - beganMs;
  isRestarting = false;
  await load;
  while (running.length > 0) await endOldest();
  const outcomes = await Promise.all(ends);
  await balancer.close();

  const longestMs = Math.round(Math.max(...outcomes.map(({ tookMs }) => tookMs)));
  const unclean = outcomes.filter(({ code }) => code !== 0);
  return {
    row: {
      restarts,
      requests: sent,
      failed: failures.length,
      'ended with 0': outcomes.length - unclean.length,
      'restarts took, s': Math.round(restartedMs / 1_000),
      'longest end, ms': longestMs,
      'of which delay': drainDelayMs,
    },
    faults: [
      ...failures.slice(0, 5),
      ...unclean.map(({ code }) => `ended with ${code}`),
      ...(longestMs > endsWithinMs ? [`one took ${longestMs} ms to end`] : []),
    ],
  };
}
