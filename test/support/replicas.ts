import { createSimulator, fleetIccids, type Simulator } from 'esim-usage-gateway/simulator';
import { Agent, request } from 'undici';
import { type BuiltGateway, startBuiltGateway } from './built-gateway.js';
import { type RedisServer, startRedisServer } from './redis-server.js';
import { startSlowProxy } from './slow-proxy.js';

/** Gateways that share one company through one Redis, in front of a simulator that counts the documented limits, for measurements. */
export interface Replicas {
  readonly simulator: Simulator;
  readonly redis: RedisServer;
  readonly gateways: readonly BuiltGateway[];
  /** Of each gateway. */
  readonly environment: Readonly<Record<string, string>>;
  /** ICCIDs that nobody has asked for. */
  cold(count: number): string[];
  /** What one of the gateways says of one ICCID. */
  ask(gateway: BuiltGateway, iccid: string): Promise<string>;
  /** Asks the gateways by turns for cold ICCIDs until told to stop. Settles then, once all are answered, with the answers. */
  load(gateways: readonly BuiltGateway[], everyMs: number): () => Promise<string[]>;
  close(): Promise<void>;
}

export interface ReplicasOptions {
  readonly count: number;
  /** What a call takes each way: up to so many milliseconds. */
  readonly jitterMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

const query = `query ($iccid: ICCID!) { esimUsage(iccid: $iccid) {
  ... on EsimUsage { iccid data { total remaining } freshness { staleReason } }
  ... on EsimUsageProblem { code retryAfterSeconds }
} }`;

/** Starts them all. Needs a redis-server. */
export async function startReplicas({ count, jitterMs, ...options }: ReplicasOptions): Promise<Replicas> {
  const simulator = await createSimulator({ latencyMs: 0 });
  const redis = await startRedisServer();
  const wire = await startSlowProxy(Number(new URL(simulator.url).port));
  wire.delay(() => Math.random() * jitterMs);
  const environment = {
    AIRALO_CLIENT_ID: simulator.clientId,
    AIRALO_CLIENT_SECRET: simulator.clientSecret,
    AIRALO_BASE_URL: `http://127.0.0.1:${wire.port}`,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'error',
    ...options.environment,
  };
  const gateways = await Promise.all(Array.from({ length: count }, () => startBuiltGateway(environment)));
  const dispatcher = new Agent();
  let asked = 0;

  function cold(wanted: number): string[] {
    asked += wanted;
    return fleetIccids(asked).slice(-wanted);
  }

  async function ask({ url }: BuiltGateway, iccid: string): Promise<string> {
    const { body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { iccid } }),
      dispatcher,
    });
    return body.text();
  }

  return {
    simulator,
    redis,
    gateways,
    environment,
    cold,
    ask,
    load(asking, everyMs) {
      const answers: Promise<string>[] = [];
      const timer = setInterval(() => {
        const gateway = asking[answers.length % asking.length];
        for (const iccid of cold(1))
          if (gateway !== undefined) answers.push(ask(gateway, iccid).catch(String));
      }, everyMs);
      return () => {
        clearInterval(timer);
        return Promise.all(answers);
      };
    },
    async close() {
      await dispatcher.destroy();
      for (const gateway of gateways) gateway.kill();
      await wire.close();
      await simulator.close();
      await redis.close();
    },
  };
}
