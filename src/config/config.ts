import { z } from 'zod';
import { type AuthSettings, seesByToken } from '../auth/settings.js';
import { passwordIn } from '../fleet/redis-url.js';
import { CacheControlScope } from '../generated/enums.js';
import { type LogLevel, logLevels } from '../log.js';
import { baseUrlFault, type EsimUsageModuleOptions, type Figures } from '../options.js';
import type { SchemaOptions } from '../schema/options.js';
import { type Manifest, readManifest } from '../trusted-documents.js';
import { readAuth } from './auth.js';
import { readFigures } from './figures.js';
import { type MetricsConfig, readMetricsConfig } from './metrics.js';
import { readRedisUrl } from './redis.js';
import { readSchemaOptions } from './schema.js';
import { readSecret, readText } from './secrets.js';
import { whole } from './whole.js';

/** What the process does. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly introspection: boolean;
  /** The documents that may be run. Null for all. */
  readonly manifest: Manifest | null;
  /** Whether operations that were answered before are answered again without graphql-js. */
  readonly fastLane: boolean;
  /** Whether there is a page at `/` to explore the schema with. */
  readonly explorer: boolean;
  /** Who may ask. */
  readonly auth: AuthSettings;
  readonly logLevel: LogLevel;
  /** For how long a gateway that is told to end is not ready and still serves. */
  readonly drainDelayMs: number;
  readonly sandbox: boolean;
  readonly cacheScope: CacheControlScope;
  readonly figures: Partial<Figures>;
  readonly schema: SchemaOptions;
  /** Where the processes of the company meet. Null when this is the only one. */
  readonly redisUrl: string | null;
  /** Where metrics are served. Null when they are not. */
  readonly metrics: MetricsConfig | null;
  /** How to reach the real upstream. Null when the simulator stands in for it. */
  readonly upstream: Pick<EsimUsageModuleOptions, 'clientId' | 'clientSecret' | 'baseUrl'> | null;
}

/** The environment cannot be used. One line for each fault, none with a value: a value may be a secret. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const defaultHost = '127.0.0.1';

/** What is read of the environment beside the parts that have files of their own. */
export const processVariables = z.object({
  HOST: z.string().default(defaultHost),
  PORT: whole(0, 65_535).default(4_000),
  GRAPHQL_INTROSPECTION: z.stringbool().optional(),
  GRAPHQL_EXPLORER: z.stringbool().optional(),
  GRAPHQL_FAST_LANE: z.stringbool().default(true),
  TRUSTED_DOCUMENTS: z.string().transform(readManifestFile).optional(),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  DRAIN_DELAY_MS: whole(0, 30_000).default(0),
  AIRALO_SANDBOX: z.stringbool().default(false),
  CACHE_CONTROL_SCOPE: z.enum(CacheControlScope).default(CacheControlScope.PRIVATE),
});

/** What each variable that is no figure should be, for the message. */
const expected: Readonly<Record<string, string>> = {
  PORT: 'expected a whole number from 0 to 65535',
  GRAPHQL_INTROSPECTION: 'expected true or false',
  GRAPHQL_EXPLORER: 'expected true or false',
  GRAPHQL_FAST_LANE: 'expected true or false',
  TRUSTED_DOCUMENTS:
    'expected the path of a manifest of operations, as the tools of Apollo or Relay write it',
  LOG_LEVEL: `expected one of ${logLevels.join(', ')}`,
  DRAIN_DELAY_MS: 'expected a whole number from 0 to 30000',
  AIRALO_SANDBOX: 'expected true or false',
  CACHE_CONTROL_SCOPE: `expected one of ${Object.values(CacheControlScope).join(', ')}`,
};

/** Reads the environment. With the simulator no credentials are needed or looked at. Throws a `ConfigError` with all faults. */
export function readConfig(environment: Environment, { simulator }: { simulator: boolean }): Config {
  const given = withoutEmpty(environment);
  const faults: string[] = [];
  const parsed = processVariables.safeParse(given);
  for (const { path } of parsed.error?.issues ?? [])
    faults.push(`${String(path[0])}: ${expected[String(path[0])]}`);
  const figures = readFigures(given, faults);
  const schema = readSchemaOptions(given, faults);
  const auth = readAuth(given, given.HOST ?? defaultHost, faults);
  const metrics = readMetricsConfig(given, faults);
  const redisUrl = readRedisUrl(given, faults);
  const upstream = simulator ? null : readUpstream(given, faults);
  faults.push(...conflictsIn({ ...parsed.data, schema, auth }));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const { HOST, PORT, LOG_LEVEL, DRAIN_DELAY_MS, AIRALO_SANDBOX, CACHE_CONTROL_SCOPE } = parsed.data;
  const { GRAPHQL_INTROSPECTION: introspection, GRAPHQL_EXPLORER: explorer } = parsed.data;
  const { TRUSTED_DOCUMENTS: manifest = null } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    introspection: introspection ?? (explorer === true || simulator),
    manifest,
    fastLane: parsed.data.GRAPHQL_FAST_LANE,
    explorer: explorer ?? (simulator && introspection !== false && manifest === null),
    auth,
    logLevel: LOG_LEVEL,
    drainDelayMs: DRAIN_DELAY_MS,
    sandbox: AIRALO_SANDBOX,
    cacheScope: CACHE_CONTROL_SCOPE,
    figures,
    schema,
    redisUrl,
    metrics,
    upstream,
  };
}

/** What cannot be together. */
function conflictsIn({
  schema,
  auth,
  ...given
}: Partial<z.infer<typeof processVariables>> & Pick<Config, 'schema' | 'auth'>): string[] {
  const faults = {
    'ESIM_SCHEMA_ROOT_FIELDS: expected false only with federation, because nothing could be asked':
      schema.rootFields === false && !schema.federation,
    'GRAPHQL_EXPLORER: expected true only with introspection, which it reads the schema by':
      given.GRAPHQL_EXPLORER === true && given.GRAPHQL_INTROSPECTION === false,
    'GRAPHQL_EXPLORER: expected true only without TRUSTED_DOCUMENTS, which it could not run':
      given.GRAPHQL_EXPLORER === true && given.TRUSTED_DOCUMENTS !== undefined,
    'CACHE_CONTROL_SCOPE: expected PRIVATE with JWT_ICCIDS_CLAIM, by which callers see different things':
      given.CACHE_CONTROL_SCOPE === 'PUBLIC' && seesByToken(auth),
  };
  return Object.entries(faults).flatMap(([fault, isSo]) => (isSo ? [fault] : []));
}

/** What of a configuration must never be written down. */
export function secretsOf({
  upstream,
  auth,
  redisUrl,
}: Pick<Config, 'upstream' | 'auth' | 'redisUrl'>): string[] {
  const password = redisUrl === null ? null : passwordIn(redisUrl);
  return [
    ...(password === null ? [] : [password]),
    ...(upstream === null ? [] : [upstream.clientSecret]),
    ...(auth.kind === 'secret' ? auth.secrets : []),
  ];
}

/** Reads only what the schema depends on, as `readConfig` does. */
export function readSchemaConfig(environment: Environment): SchemaOptions {
  const faults: string[] = [];
  const schema = readSchemaOptions(withoutEmpty(environment), faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return schema;
}

/** What is read of it for the real upstream. */
export const upstreamVariables = [
  'AIRALO_CLIENT_ID',
  'AIRALO_CLIENT_ID_FILE',
  'AIRALO_CLIENT_SECRET',
  'AIRALO_CLIENT_SECRET_FILE',
  'AIRALO_BASE_URL',
];

function readUpstream(given: Record<string, string>, faults: string[]): Config['upstream'] {
  const baseUrl = given.AIRALO_BASE_URL;
  const baseUrlProblem = baseUrl === undefined ? null : baseUrlFault(baseUrl);
  if (baseUrlProblem !== null) faults.push(`AIRALO_BASE_URL: ${baseUrlProblem}`);
  return {
    clientId: readSecret(given, 'AIRALO_CLIENT_ID', faults),
    clientSecret: readSecret(given, 'AIRALO_CLIENT_SECRET', faults),
    baseUrl,
  };
}

function readManifestFile(path: string, context: z.RefinementCtx): Manifest {
  try {
    return readManifest(readText(path));
  } catch {
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  }
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
