import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl } from './redis-url.js';

/** A connection of ioredis, to whatever kind of server. */
export type Connection = Redis | Cluster;

/** The longest that it takes until a server that is back is noticed, in milliseconds. */
const reconnectMs = { least: 50, most: 500 };

const backOff = (attempt: number): number => Math.min(attempt * reconnectMs.least, reconnectMs.most);

/** Nothing waits for a server that is not there: whoever asks can do without. */
const impatient = {
  connectTimeout: 1_000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  retryStrategy: backOff,
  reconnectOnError: () => false,
} satisfies RedisOptions;

/**
 * Connects to what a URL names: `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS, `redis+cluster://host:port,host:port`,
 * and `redis+sentinel://host:port,host:port/name`; the latter two with TLS as `rediss+…`. Never throws for a URL without a fault.
 */
export function connect(url: string): Connection {
  const { kind, tls, username, password, nodes, database, name } = parseRedisUrl(url);
  const credentials = {
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
  };
  switch (kind) {
    case 'cluster':
      return new Cluster([...nodes], {
        enableOfflineQueue: false,
        clusterRetryStrategy: backOff,
        redisOptions: { ...impatient, ...credentials },
        // A certificate names hosts, and the cluster tells addresses.
        ...(tls && {
          dnsLookup: (address: string, done: (error: null, address: string) => void) => done(null, address),
        }),
      });
    case 'sentinel':
      return new Redis({
        ...impatient,
        ...credentials,
        db: database,
        sentinels: [...nodes],
        name,
        ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        sentinelRetryStrategy: backOff,
      });
    case 'single':
      return new Redis({ ...impatient, ...credentials, ...nodes[0], db: database });
  }
}
