import type { Writable } from 'node:stream';
import { createAuthentication } from './auth/authentication.js';
import { seesByToken } from './auth/settings.js';
import { type Viewer, visibleTo } from './auth/viewer.js';
import type { Clock } from './clock.js';
import { type Config, ConfigError, secretsOf } from './config/config.js';
import { createFastLane } from './fast-lane/lane.js';
import type { JoinFleet } from './fleet/fleet.js';
import { createHealth } from './health.js';
import { createTell } from './listeners.js';
import { createLog, type ProcessLog } from './log.js';
import { createMetrics, type Metrics } from './metrics/metrics.js';
import { type MetricsServer, startMetricsServer } from './metrics/metrics-server.js';
import { addProcessMetrics } from './metrics/process-metrics.js';
import { createEsimUsageModule, type EsimUsageModule } from './module.js';
import type { EsimUsageModuleOptions } from './options.js';
import { createOutput, type Output } from './output.js';
import type { Page } from './pages/page.js';
import { createSecrets } from './secrets.js';
import { startServer } from './server/server.js';
import { createTrustedDocuments, manifestFaults, type TrustedDocuments } from './trusted-documents.js';

export interface GatewayOptions {
  readonly config: Config;
  /** What the module is to be made with. */
  readonly upstream: Upstream;
  readonly pages: readonly Page[];
  readonly clock: Clock;
  /** Where the log goes. */
  readonly stdout: Writable;
}

/** Where readings come from, and what differs there from what is documented. */
export type Upstream = NonNullable<Config['upstream']> & Partial<EsimUsageModuleOptions>;

/** A process's one gateway, with all that it tells. */
export interface Gateway {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** Null when metrics are not served. */
  readonly metricsUrl: string | null;
  /** For what becomes of the process. */
  readonly log: ProcessLog;
  /** The longest that `end` should take, in milliseconds. */
  readonly endMs: number;
  /**
   * Is not ready any more, serves for as long as others may need to notice, answers what is under way, and resolves when all is done.
   * Does not wait for others after a failure: nobody knows what a process is worth in which something broke.
   */
  end(afterFailure: boolean): Promise<void>;
}

/** The longest that answering what is under way may take, once nothing new is taken. */
const drainMs = 10_000;
/** The longest that the last lines of the log may take. */
const flushMs = 500;
/** As much of the log as waits for a slow reader, in bytes. What comes on top is dropped. */
const maxLogWaiting = 1_048_576;

/** Starts it. Rejects with a `ConfigError` when a trusted document does not fit the schema, and when an address cannot be listened on. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clock } = options;
  const health = createHealth(clock);
  const secrets = createSecrets(secretsOf(config));
  const { log, output } = createProcessLog(options, secrets.scrub);
  const metrics = config.metrics === null ? null : createMetrics({ clock });
  const report = createTell([health, log, ...(metrics === null ? [] : [metrics])]);
  const module = createConfiguredModule(config, options.upstream, clock, {
    ...(seesByToken(config.auth) && { authorize: visibleTo }),
    fleet: await fleetOf(config),
    report,
    onSecret: secrets.add,
  });
  metrics?.watch({ state: module.state, readiness: () => health.readiness().status });
  const trusted = trustedDocumentsOf(config, module);
  const authentication = createAuthentication(config.auth, { clock, report });
  const fastLane = config.fastLane ? createFastLane(module) : null;
  const metricsServer = await startMetricsServerFor(config, metrics);
  const { pages } = options;
  const server = await startServer({
    ...config,
    module,
    authentication,
    trusted,
    fastLane,
    health,
    pages,
    report,
  });

  return {
    url: server.url,
    metricsUrl: metricsServer?.url ?? null,
    log,
    endMs: config.drainDelayMs + drainMs + flushMs,
    async end(afterFailure) {
      health.end();
      server.windDown();
      if (!afterFailure) await new Promise<void>((resolve) => clock.after(config.drainDelayMs, resolve));
      await server.close();
      await module.close();
      // So that a scrape can still tell how it went.
      await metricsServer?.close();
      log.flush();
      await output.flush(flushMs);
    },
  };
}

/** Makes the module that the environment describes. */
export function createConfiguredModule(
  { sandbox, cacheScope, schema, figures }: Config,
  upstream: Upstream,
  clock: Clock,
  further: Pick<EsimUsageModuleOptions<Viewer>, 'authorize' | 'fleet' | 'report' | 'onSecret'> = {},
): EsimUsageModule<Viewer> {
  return createEsimUsageModule<Viewer>({
    ...{ sandbox, cacheScope, schema, ...upstream, ...figures, clock, ...further },
  });
}

/** The processes that this one shares the limits with. What that takes is loaded only where it is wanted. */
export async function fleetOf({ redisUrl }: Pick<Config, 'redisUrl'>): Promise<JoinFleet | undefined> {
  if (redisUrl === null) return undefined;
  const { redisFleet } = await import('./fleet/redis-fleet.js');
  return redisFleet(redisUrl);
}

function createProcessLog(
  { config, stdout, clock }: GatewayOptions,
  scrub: (text: string) => string,
): { readonly log: ProcessLog; readonly output: Output } {
  const output = createOutput({
    stream: stdout,
    maxWaiting: maxLogWaiting,
    onDropped: (lines) => log.dropped(lines),
    clock,
  });
  const log: ProcessLog = createLog({ level: config.logLevel, secrets: { scrub }, output, clock });
  return { log, output };
}

/** Null where every document may be run. A client should not be the first to find out that one of them cannot. */
function trustedDocumentsOf(
  { manifest }: Config,
  { schema }: EsimUsageModule<Viewer>,
): TrustedDocuments | null {
  if (manifest === null) return null;
  const faults = manifestFaults(manifest, schema);
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `TRUSTED_DOCUMENTS: ${fault}`));
  return createTrustedDocuments(manifest);
}

async function startMetricsServerFor(config: Config, metrics: Metrics | null): Promise<MetricsServer | null> {
  if (config.metrics === null || metrics === null) return null;
  addProcessMetrics(metrics.register);
  return startMetricsServer({ ...config.metrics, register: metrics.register });
}
