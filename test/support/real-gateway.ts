import {
  createEsimUsageModule,
  type EsimUsageModule,
  type Figures,
  type Report,
  type SchemaOptions,
} from 'esim-usage-gateway';
import { createSimulator, type Simulator, type SimulatorOptions } from 'esim-usage-gateway/simulator';
import { Agent, request } from 'undici';
import { openToAll } from '../../src/auth/authentication.js';
import { startServer } from '../../src/server/server.js';
import type { UsageResult } from '../../src/usage.js';
import { mostInAnyWindow } from './most-in-any-window.js';

export interface RealGatewayOptions {
  readonly simulator?: SimulatorOptions;
  /** Where the figures are to differ from the documented ones. No process was there before that must be waited for. */
  readonly figures?: Partial<Figures>;
  readonly schema?: SchemaOptions;
  readonly report?: Report;
}

/** A module in front of a simulator of its own, in real time, for measurements: nothing of it is closed by itself. */
export interface RealGateway {
  readonly module: EsimUsageModule;
  readonly simulator: Simulator;
  /** What one operation gets for these ICCIDs, in their order. */
  ask(iccids: readonly string[], signal?: AbortSignal): Promise<UsageResult[]>;
  close(): Promise<void>;
}

/** Starts both. */
export async function startRealGateway(options: RealGatewayOptions = {}): Promise<RealGateway> {
  const simulator = await createSimulator(options.simulator);
  const { url: baseUrl, clientId, clientSecret } = simulator;
  const module = createEsimUsageModule({
    baseUrl,
    clientId,
    clientSecret,
    quietStartMs: 0,
    ...options.figures,
    schema: options.schema,
    report: options.report,
  });

  return {
    module,
    simulator,
    ask(iccids, signal) {
      const { esimUsage } = module.createContext({ signal });
      return Promise.all(iccids.map(esimUsage.load));
    },
    async close() {
      await module.close();
      await simulator.close();
    },
  };
}

/** A real gateway over HTTP. */
export interface ServedGateway {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** The body of what it answers, as it came. */
  ask(query: string, variables: object): Promise<string>;
  /** Closes the gateway, too. */
  close(): Promise<void>;
}

/** Serves a gateway on a free port of this machine. */
export async function serveRealGateway(
  gateway: RealGateway,
  { introspection = false } = {},
): Promise<ServedGateway> {
  const server = await startServer({
    module: gateway.module,
    authentication: openToAll,
    trusted: null,
    fastLane: null,
    health: { readiness: () => ({ status: 'ready' }) },
    host: '127.0.0.1',
    port: 0,
    introspection,
    pages: [],
    report: () => undefined,
  });
  const dispatcher = new Agent();

  return {
    url: server.url,
    async ask(query, variables) {
      const { body } = await request(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        dispatcher,
      });
      return body.text();
    },
    async close() {
      await dispatcher.destroy();
      await server.close();
      await gateway.close();
    },
  };
}

/** How many of these are readings. */
export function countReadings(results: readonly UsageResult[]): number {
  return results.filter(({ kind }) => kind === 'reading').length;
}

/** The most requests in any one second, those for tokens included. */
export function mostInASecond({ arrivals }: Pick<Simulator, 'arrivals'>): number {
  return mostInAnyWindow(
    arrivals.map(({ atMs }) => atMs),
    1_000,
  );
}

/** Prints the rows, and lets the process fail when there is a fault. */
export function conclude(rows: readonly object[], faults: readonly string[]): void {
  console.table(rows);
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? 'All as it should be.' : `${faults.length} faults.`);
  if (faults.length > 0) process.exitCode = 1;
}
