import { setImmediate } from 'node:timers/promises';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator } from 'esim-usage-gateway/simulator';
import { Agent, request } from 'undici';
import { openToAll } from '../../src/auth/authentication.js';
import type { Viewer } from '../../src/auth/viewer.js';
import type { OperationEnded, UsageEvent } from '../../src/events.js';
import { createFastLane } from '../../src/fast-lane/lane.js';
import { startServer } from '../../src/server/server.js';
import type { SentOperation } from './lane-operations.js';
import { createManualClock } from './manual-clock.js';

/** What came of an operation: an answer without what differs each time, and all that was reported of it. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly events: readonly string[];
}

/** Whether an outcome is made of what the cache had before, and of nothing that came meanwhile. */
export function isSettled({ events }: Outcome): boolean {
  return !events.some((event) => /"(cache\.(?!hit)|upstream\.)/.test(event));
}

/** One module, served with the fast lane and without. */
export interface BothLanes {
  /** How often the fast lane has answered. */
  used(): number;
  fast(operation: SentOperation): Promise<Outcome>;
  slow(operation: SentOperation): Promise<Outcome>;
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const wide = { companyRequests: 1_000, companyWindowMs: 1, iccidRequests: 1_000, iccidWindowMs: 1 };
const unlimited = { companyRequests: Number.POSITIVE_INFINITY, iccidRequests: Number.POSITIVE_INFINITY };

/** In which order readings are served within an operation is nobody's business. */
function inOrder(events: readonly unknown[]): string[] {
  return events.map((event) => JSON.stringify(event)).sort();
}

/** Starts both on the same time, which only `pass` lets pass. */
export async function startBothLanes(): Promise<BothLanes> {
  const clock = createManualClock();
  const simulator = await createSimulator({ latencyMs: 0, limits: { ...unlimited, tokenRequests: 1_000 } });
  const events: unknown[] = [];
  let used = 0;
  const module = createEsimUsageModule<Viewer>({
    ...{ baseUrl: simulator.url, clientId: simulator.clientId, clientSecret: simulator.clientSecret },
    ...wide,
    tokenRequests: 1_000,
    quietStartMs: 0,
    clock,
    schema: { federation: true },
    report: (event: UsageEvent) => events.push(event),
  });
  const lane = createFastLane(module);
  const counted: typeof lane = {
    learn: lane.learn,
    answer(question, viewer) {
      const answer = lane.answer(question, viewer);
      if (answer !== null) used += 1;
      return answer;
    },
  };
  const options = {
    module,
    authentication: openToAll,
    trusted: null,
    health: { readiness: () => ({ status: 'ready' }) as const },
    report({ requestId, tookMs, ...event }: OperationEnded) {
      events.push({ ...event, answers: [...event.answers].sort() });
    },
    host: '127.0.0.1',
    port: 0,
    introspection: false,
    pages: [],
  };
  const [withLane, without] = await Promise.all([
    startServer({ ...options, fastLane: counted }),
    startServer({ ...options, fastLane: null }),
  ]);
  const dispatcher = new Agent();

  async function send(url: string, operation: SentOperation): Promise<Outcome> {
    events.length = 0;
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(operation),
      dispatcher,
    });
    const text = await response.body.text();
    const isEnded = (): boolean => events.some((event) => Object(event).type === 'operation.ended');
    while (!isEnded()) await setImmediate();
    const { date, 'x-request-id': requestId, ...headers } = response.headers;
    return { status: response.statusCode, headers, text, events: inOrder(events) };
  }

  return {
    used: () => used,
    fast: (operation) => send(withLane.url, operation),
    slow: (operation) => send(without.url, operation),
    pass: (ms) => clock.advance(ms),
    async close() {
      await dispatcher.destroy();
      await Promise.all([withLane.close(), without.close()]);
      await module.close();
      await simulator.close();
    },
  };
}
