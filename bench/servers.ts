/** One of those who are compared: a program of this repository and how it is started. */
export interface Contender {
  readonly name: string;
  /** From the repository's folder. */
  readonly program: string;
  readonly args: readonly string[];
  /** What it is told beside where it listens and where the simulator is. */
  readonly environment: Readonly<Record<string, string>>;
  /** What its clients send beside the content type. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it can be asked what it needs, by `probe.js`. */
  readonly isProbed: boolean;
}

const peer = (name: string, program: string, args: readonly string[] = []): Contender => ({
  name,
  program: `bench/peers/${program}.js`,
  args,
  environment: {},
  headers: {},
  isProbed: false,
});

const gateway = (
  name: string,
  environment: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Contender => ({
  name,
  program: 'dist/main.js',
  args: [],
  // The simulator has no limits: what is measured is this gateway, and not how well it keeps them.
  environment: {
    ESIM_USAGE_QUIET_START_MS: '0',
    ESIM_USAGE_COMPANY_REQUESTS: '200',
    ESIM_USAGE_COMPANY_WINDOW_MS: '1',
    // What is remembered of each eSIM's calls for a minute would be taken for what a reading needs.
    ESIM_USAGE_ICCID_WINDOW_MS: '1',
    ESIM_USAGE_MAX_WAITING: '100000',
    ...environment,
  },
  headers,
  isProbed: false,
});

/** The names that goals speak of. */
export const names = {
  ours: 'this gateway',
  quiet: 'this gateway, log off',
  hardened: 'this gateway, hardened',
  slow: 'this gateway, fast lane off',
  apollo: 'Apollo Server',
  jitCached: 'Mercurius, jit, cache',
  jit: 'Mercurius, jit',
  yoga: 'Yoga, response cache',
  bare: 'bare node:http',
  subgraph: 'this gateway, subgraph',
  quietSubgraph: 'this gateway, subgraph, log off',
  apolloSubgraph: 'Apollo Server, subgraph',
} as const;

const secret = 'as-long-as-a-secret-should-be';

/** Those who answer queries. `manifestPath` is where the trusted documents are, `metricsPort` a free one. */
export function contenders(manifestPath: string, metricsPort: number): Contender[] {
  return [
    gateway(names.ours, {}),
    gateway(names.quiet, { LOG_LEVEL: 'warn' }),
    gateway(
      names.hardened,
      {
        AUTH: 'secret',
        ROUTER_SECRET: secret,
        METRICS_PORT: String(metricsPort),
        LOG_LEVEL: 'info',
        GRAPHQL_INTROSPECTION: 'false',
        TRUSTED_DOCUMENTS: manifestPath,
      },
      { 'router-authorization': secret },
    ),
    gateway(names.slow, { GRAPHQL_FAST_LANE: 'false' }),
    peer(names.apollo, 'apollo'),
    peer(names.jitCached, 'mercurius', ['cache']),
    peer(names.jit, 'mercurius'),
    peer(names.yoga, 'yoga'),
    peer(names.bare, 'bare'),
  ];
}

/** Those who answer a gateway of a supergraph. */
export function subgraphs(): Contender[] {
  return [
    gateway(names.subgraph, { ESIM_SCHEMA_FEDERATION: 'true' }),
    gateway(names.quietSubgraph, { ESIM_SCHEMA_FEDERATION: 'true', LOG_LEVEL: 'warn' }),
    peer(names.apolloSubgraph, 'apollo-subgraph'),
  ];
}

/** This gateway with room for so many readings, to be asked what they need. */
export function holder(cacheMaxEntries: number): Contender {
  return {
    ...gateway('this gateway', { ESIM_USAGE_CACHE_MAX_ENTRIES: String(cacheMaxEntries) }),
    isProbed: true,
  };
}
