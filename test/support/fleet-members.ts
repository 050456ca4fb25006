import { createEsimUsageModule, type EsimUsageModule, type EsimUsageModuleOptions } from 'esim-usage-gateway';
import { redisFleet } from 'esim-usage-gateway/fleet';
import { createSimulator, type Simulator } from 'esim-usage-gateway/simulator';
import type { UsageEvent } from '../../src/events.js';
import type { UsageReading, UsageResult } from '../../src/usage.js';
import { type BuiltGateway, startBuiltGateway } from './built-gateway.js';
import { mostInAnyWindow } from './most-in-any-window.js';
import { type RedisServer, startRedisServer } from './redis-server.js';
import { type SlowProxy, startSlowProxy } from './slow-proxy.js';

/** A module that shares its company with others. */
export interface Member {
  readonly module: EsimUsageModule;
  /** What its layers reported, oldest first. */
  readonly events: readonly UsageEvent[];
  /** What one operation gets. */
  read(iccid: string): Promise<UsageResult>;
  /** Asks again and again until there is a reading. */
  readAtLast(iccid: string): Promise<UsageReading>;
}

/** A Redis, a simulator that counts the documented limits, and modules and processes that share both, in real time. */
export interface FleetMembers {
  readonly redis: RedisServer;
  /** Between all members and Redis. */
  readonly wire: SlowProxy;
  readonly simulator: Simulator;
  /** One more in this process. */
  join(options?: Partial<EsimUsageModuleOptions>): Member;
  /** One more in a process of its own. */
  start(environment?: Readonly<Record<string, string>>): Promise<BuiltGateway>;
  /** How many usage requests arrived for an ICCID, or for any. */
  calls(iccid?: string): number;
  /** How often Redis was late for a member, or worse: each time something may be read once more. */
  losses(): number;
  /** The most arrivals in any one second, those for tokens included. */
  mostInASecond(): number;
}

/** What is done when the test is over. */
export interface TestEnd {
  onTestFinished(end: () => unknown): void;
}

/** Short, so that the slots of the dead and the guard after a loss do not last: four seconds and this. */
const callTimeoutMs = 1_000;
const againMs = 50;

/** Starts Redis and simulator. Everything ends with the test. */
export async function startFleet({ onTestFinished }: TestEnd): Promise<FleetMembers> {
  const redis = await startRedisServer();
  onTestFinished(redis.close);
  const wire = await startSlowProxy(redis.port);
  onTestFinished(wire.close);
  const redisUrl = `redis://127.0.0.1:${wire.port}`;
  const simulator = await createSimulator({ latencyMs: 50 });
  onTestFinished(simulator.close);
  const { url: baseUrl, clientId, clientSecret, arrivals } = simulator;

  const allEvents: UsageEvent[][] = [];
  function join(options: Partial<EsimUsageModuleOptions> = {}): Member {
    const events: UsageEvent[] = [];
    allEvents.push(events);
    const module = createEsimUsageModule({
      baseUrl,
      clientId,
      clientSecret,
      callTimeoutMs,
      fleet: redisFleet(redisUrl),
      report: (event) => events.push(event),
      ...options,
    });
    onTestFinished(module.close);
    const read = (iccid: string): Promise<UsageResult> => module.createContext().esimUsage.load(iccid);
    return {
      module,
      events,
      read,
      async readAtLast(iccid) {
        for (;;) {
          const result = await read(iccid);
          if (result.kind === 'reading') return result;
          await new Promise((resolve) => setTimeout(resolve, againMs));
        }
      },
    };
  }

  return {
    redis,
    wire,
    simulator,
    join,
    async start(environment) {
      const gateway = await startBuiltGateway({
        AIRALO_BASE_URL: baseUrl,
        AIRALO_CLIENT_ID: clientId,
        AIRALO_CLIENT_SECRET: clientSecret,
        REDIS_URL: redisUrl,
        LOG_LEVEL: 'silent',
        ESIM_USAGE_CALL_TIMEOUT_MS: String(callTimeoutMs),
        ...environment,
      });
      onTestFinished(gateway.kill);
      return gateway;
    },
    calls: (iccid) =>
      arrivals.filter((each) => each.kind === 'usage' && (iccid === undefined || each.iccid === iccid))
        .length,
    losses: () => allEvents.flat().filter(({ type }) => type === 'fleet.lost').length,
    mostInASecond: () =>
      mostInAnyWindow(
        arrivals.map(({ atMs }) => atMs),
        1_000,
      ),
  };
}
