import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authVariables } from '../src/config/auth.js';
import { ConfigError, type Environment, readConfig, secretsOf } from '../src/config/config.js';
import { variableOf } from '../src/config/figures.js';
import { figureNames, figures } from '../src/options.js';
import { temporaryFile } from './support/temporary-file.js';

const credentials = { AIRALO_CLIENT_ID: 'a-client-id', AIRALO_CLIENT_SECRET: 'a-client-secret' };

function read(environment: Environment): ReturnType<typeof readConfig> {
  return readConfig(environment, { simulator: false });
}

/** The faults that are found, one a line. */
function faultsOf(environment: Environment, simulator = false): string[] {
  try {
    readConfig(environment, { simulator });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('the configuration', () => {
  it('needs credentials only, and then is this', () => {
    expect(read(credentials)).toEqual({
      host: '127.0.0.1',
      port: 4_000,
      introspection: false,
      manifest: null,
      fastLane: true,
      explorer: false,
      auth: { kind: 'none' },
      logLevel: 'info',
      drainDelayMs: 0,
      sandbox: false,
      cacheScope: 'PRIVATE',
      figures: {},
      schema: {},
      redisUrl: null,
      metrics: null,
      upstream: { clientId: 'a-client-id', clientSecret: 'a-client-secret', baseUrl: undefined },
    });
  });

  it('takes every variable', () => {
    expect(
      read({
        ...credentials,
        AIRALO_BASE_URL: 'https://example.com',
        AIRALO_SANDBOX: 'true',
        CACHE_CONTROL_SCOPE: 'PUBLIC',
        HOST: '0.0.0.0',
        AUTH: 'none',
        PORT: '8080',
        GRAPHQL_INTROSPECTION: 'true',
        GRAPHQL_EXPLORER: 'true',
        LOG_LEVEL: 'warn',
        DRAIN_DELAY_MS: '30000',
        METRICS_HOST: '0.0.0.0',
        METRICS_PORT: '9464',
        REDIS_URL: 'rediss://user:secret@example.com:6380/2',
        ESIM_SCHEMA_FEDERATION: 'true',
        ESIM_SCHEMA_ENTITY: 'Sim',
        ESIM_SCHEMA_ENTITY_KEY: 'id',
        ESIM_SCHEMA_ENTITY_KEY_TYPE: 'String',
        ESIM_SCHEMA_TYPE_PREFIX: 'Acme',
        ESIM_SCHEMA_ROOT_FIELDS: 'false',
        ESIM_SCHEMA_AUTHENTICATED: 'true',
        ESIM_SCHEMA_SCOPES: 'usage:read sims:read , support',
        ESIM_SCHEMA_TAGS: 'public, partner',
        ...Object.fromEntries(figureNames.map((name) => [variableOf(name), String(figures[name].least)])),
      }),
    ).toEqual({
      host: '0.0.0.0',
      port: 8_080,
      introspection: true,
      manifest: null,
      fastLane: true,
      explorer: true,
      auth: { kind: 'none' },
      logLevel: 'warn',
      drainDelayMs: 30_000,
      sandbox: true,
      cacheScope: 'PUBLIC',
      figures: Object.fromEntries(figureNames.map((name) => [name, figures[name].least])),
      schema: {
        federation: true,
        entity: 'Sim',
        entityKey: 'id',
        entityKeyType: 'String',
        typePrefix: 'Acme',
        rootFields: false,
        authenticated: true,
        scopes: [['usage:read', 'sims:read'], ['support']],
        tags: ['public', 'partner'],
      },
      redisUrl: 'rediss://user:secret@example.com:6380/2',
      metrics: { host: '0.0.0.0', port: 9_464 },
      upstream: {
        clientId: 'a-client-id',
        clientSecret: 'a-client-secret',
        baseUrl: 'https://example.com',
      },
    });
  });

  it('calls a figure’s variable by the figure’s name', () => {
    expect(figureNames.map((name) => variableOf(name))).toEqual([
      'ESIM_USAGE_DEADLINE_MS',
      'ESIM_USAGE_MAX_ICCIDS',
      'ESIM_USAGE_MAX_REFERENCES',
      'ESIM_USAGE_MAX_WAITING',
      'ESIM_USAGE_CALL_TIMEOUT_MS',
      'ESIM_USAGE_COMPANY_REQUESTS',
      'ESIM_USAGE_COMPANY_WINDOW_MS',
      'ESIM_USAGE_ICCID_REQUESTS',
      'ESIM_USAGE_ICCID_WINDOW_MS',
      'ESIM_USAGE_TOKEN_REQUESTS',
      'ESIM_USAGE_TOKEN_WINDOW_MS',
      'ESIM_USAGE_QUIET_START_MS',
      'ESIM_USAGE_UPSTREAM_CACHE_MS',
      'ESIM_USAGE_CACHE_MAX_ENTRIES',
      'ESIM_USAGE_SOFT_WAIT_MS',
      'ESIM_USAGE_STALE_MS',
      'ESIM_USAGE_BREAKER_FAILURES',
      'ESIM_USAGE_BREAKER_MS',
      'ESIM_USAGE_NOT_FOUND_MS',
      'ESIM_USAGE_RECYCLED_MS',
    ]);
  });

  it('tells which of it is secret', () => {
    expect(secretsOf(read(credentials))).toEqual(['a-client-secret']);
    expect(secretsOf(readConfig(credentials, { simulator: true }))).toEqual([]);
    const secrets = { ROUTER_SECRET: 'nobody-guesses-this', ROUTER_SECRET_PREVIOUS: 'nor-the-one-before' };
    expect(secretsOf(read({ ...credentials, AUTH: 'secret', ...secrets }))).toEqual([
      'a-client-secret',
      ...Object.values(secrets),
    ]);
  });

  it('serves no metrics unless their port is named, and then to this machine only', () => {
    expect(read({ ...credentials, METRICS_HOST: '0.0.0.0' }).metrics).toBeNull();
    expect(read({ ...credentials, METRICS_PORT: '9464' }).metrics).toEqual({
      host: '127.0.0.1',
      port: 9_464,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(
      [
        'HOST',
        'PORT',
        'METRICS_HOST',
        'METRICS_PORT',
        'LOG_LEVEL',
        'DRAIN_DELAY_MS',
        'GRAPHQL_INTROSPECTION',
        'GRAPHQL_EXPLORER',
        'AIRALO_SANDBOX',
        'CACHE_CONTROL_SCOPE',
        'AIRALO_BASE_URL',
        'AIRALO_CLIENT_ID_FILE',
        'ESIM_USAGE_DEADLINE_MS',
        ...authVariables,
        'JWT_NO_SUCH_THING',
        'ESIM_USAGE_NO_SUCH_THING',
      ].map((name) => [name, '']),
    );
    expect(read({ ...empty, ...credentials })).toEqual(read(credentials));
    expect(faultsOf({ ...empty, AIRALO_CLIENT_ID: '', AIRALO_CLIENT_SECRET: '' })).toEqual([
      'AIRALO_CLIENT_ID: missing (or AIRALO_CLIENT_ID_FILE, the path of a file that holds it)',
      'AIRALO_CLIENT_SECRET: missing (or AIRALO_CLIENT_SECRET_FILE, the path of a file that holds it)',
    ]);
  });

  it('knows nothing of variables that are not its own', () => {
    expect(read({ ...credentials, PATH: '/bin', NODE_ENV: 'development', AIRALO_X: '1' })).toEqual(
      read(credentials),
    );
  });

  it('reads credentials from files, without the line’s end', () => {
    expect(
      read({
        AIRALO_CLIENT_ID_FILE: temporaryFile('id from a file\n'),
        AIRALO_CLIENT_SECRET_FILE: temporaryFile('  secret from a file\r\n'),
      }).upstream,
    ).toEqual({ clientId: 'id from a file', clientSecret: 'secret from a file', baseUrl: undefined });
  });

  it.each(['AIRALO_CLIENT_ID', 'AIRALO_CLIENT_SECRET'])(
    'refuses %s given twice, missing or unreadable',
    (variable) => {
      const expected = `${variable}_FILE: expected the path of a readable file that is not empty`;
      const without = { ...credentials, [variable]: undefined };
      expect(faultsOf({ ...credentials, [`${variable}_FILE`]: temporaryFile('x') })).toEqual([
        `${variable}: given twice, by itself and as ${variable}_FILE`,
      ]);
      expect(faultsOf(without)).toEqual([
        `${variable}: missing (or ${variable}_FILE, the path of a file that holds it)`,
      ]);
      expect(faultsOf({ ...without, [`${variable}_FILE`]: '/no/such/file' })).toEqual([expected]);
      expect(faultsOf({ ...without, [`${variable}_FILE`]: tmpdir() })).toEqual([expected]);
      expect(faultsOf({ ...without, [`${variable}_FILE`]: temporaryFile(' \n') })).toEqual([expected]);
    },
  );

  it('lists all faults at once', () => {
    expect(
      faultsOf({
        PORT: '65536',
        GRAPHQL_INTROSPECTION: 'perhaps',
        GRAPHQL_EXPLORER: 'perhaps',
        LOG_LEVEL: 'loud',
        DRAIN_DELAY_MS: '30001',
        METRICS_PORT: '-1',
        AIRALO_SANDBOX: 'perhaps',
        CACHE_CONTROL_SCOPE: 'public',
        AIRALO_BASE_URL: 'http://example.com',
        AIRALO_CLIENT_SECRET: 'x',
        AIRALO_CLIENT_SECRET_FILE: '/no/such/file',
        ESIM_USAGE_DEADLINE_MS: '99',
        ESIM_USAGE_DEADLINE: '8000',
      }),
    ).toEqual([
      'PORT: expected a whole number from 0 to 65535',
      'GRAPHQL_INTROSPECTION: expected true or false',
      'GRAPHQL_EXPLORER: expected true or false',
      'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent',
      'DRAIN_DELAY_MS: expected a whole number from 0 to 30000',
      'AIRALO_SANDBOX: expected true or false',
      'CACHE_CONTROL_SCOPE: expected one of PRIVATE, PUBLIC',
      'ESIM_USAGE_DEADLINE_MS: expected a whole number from 100 to 60000',
      'ESIM_USAGE_DEADLINE: there is no such variable',
      'METRICS_PORT: expected a whole number from 0 to 65535',
      'AIRALO_BASE_URL: expected https: (http: only for this machine)',
      'AIRALO_CLIENT_ID: missing (or AIRALO_CLIENT_ID_FILE, the path of a file that holds it)',
      'AIRALO_CLIENT_SECRET: given twice, by itself and as AIRALO_CLIENT_SECRET_FILE',
    ]);
  });

  it.each(['0', '1', '65535'])('takes %s for a port', (text) => {
    expect(read({ ...credentials, PORT: text }).port).toBe(Number(text));
  });

  it.each(['-1', '1.0', '1e3', '0x10', ' 1', '1 ', 'abc', '٣'])('does not take "%s" for a number', (text) => {
    expect(faultsOf({ ...credentials, PORT: text, ESIM_USAGE_NOT_FOUND_MS: text })).toEqual([
      'PORT: expected a whole number from 0 to 65535',
      'ESIM_USAGE_NOT_FOUND_MS: expected a whole number from 0 to 86400000',
    ]);
  });

  it('takes an http: base URL for this machine only', () => {
    const baseUrl = 'http://127.0.0.1:4010';
    expect(read({ ...credentials, AIRALO_BASE_URL: baseUrl }).upstream?.baseUrl).toBe(baseUrl);
    expect(faultsOf({ ...credentials, AIRALO_BASE_URL: 'http://partners-api.airalo.com' })).toEqual([
      'AIRALO_BASE_URL: expected https: (http: only for this machine)',
    ]);
  });

  it('shows the schema where there is an explorer, which could do nothing otherwise', () => {
    const explorer = { ...credentials, GRAPHQL_EXPLORER: 'true' };
    expect(read(explorer)).toMatchObject({ explorer: true, introspection: true });
    expect(read({ ...explorer, GRAPHQL_INTROSPECTION: 'true' })).toEqual(read(explorer));
    expect(faultsOf({ ...explorer, GRAPHQL_INTROSPECTION: 'false' })).toEqual([
      'GRAPHQL_EXPLORER: expected true only with introspection, which it reads the schema by',
    ]);
    expect(read({ ...credentials, GRAPHQL_INTROSPECTION: 'true' }).explorer).toBe(false);
  });

  it('says what each variable of the schema should be', () => {
    expect(
      faultsOf({
        ...credentials,
        ESIM_SCHEMA_FEDERATION: 'perhaps',
        ESIM_SCHEMA_ENTITY: 'Query',
        ESIM_SCHEMA_ENTITY_KEY: 'usage',
        ESIM_SCHEMA_ENTITY_KEY_TYPE: 'Int',
        ESIM_SCHEMA_TAGS: 'no tag',
      }),
    ).toEqual([
      'ESIM_SCHEMA_FEDERATION: expected true or false',
      'ESIM_SCHEMA_ENTITY_KEY_TYPE: expected one of ID, String',
      'ESIM_SCHEMA_ENTITY_KEY: expected the name of a GraphQL field other than usage, of letters and digits',
      'ESIM_SCHEMA_TAGS: expected names of letters, digits, underscores, hyphens and slashes',
      'ESIM_SCHEMA_ENTITY: expected a name that no other type has',
    ]);
    expect(
      faultsOf({
        ...credentials,
        ESIM_SCHEMA_FEDERATION: 'true',
        ESIM_SCHEMA_ENTITY: '_Service',
        ESIM_SCHEMA_ENTITY_KEY: 'usage',
        ESIM_SCHEMA_TYPE_PREFIX: 'join__',
        ESIM_SCHEMA_SCOPES: ' , ',
        ESIM_SCHEMA_TAGS: 'no tag',
      }),
    ).toEqual([
      'ESIM_SCHEMA_ENTITY: expected the name of a GraphQL object type, of letters and digits',
      'ESIM_SCHEMA_ENTITY_KEY: expected the name of a GraphQL field other than usage, of letters and digits',
      'ESIM_SCHEMA_TYPE_PREFIX: expected the beginning of a GraphQL name, of letters and digits',
      'ESIM_SCHEMA_SCOPES: expected sets of scopes, each without spaces and quotes',
      'ESIM_SCHEMA_TAGS: expected names of letters, digits, underscores, hyphens and slashes',
    ]);
    expect(faultsOf({ ...credentials, ESIM_SCHEMA_ROOT_FIELDS: 'false' })).toEqual([
      'ESIM_SCHEMA_ROOT_FIELDS: expected false only with federation, because nothing could be asked',
    ]);
    expect(faultsOf({ ...credentials, ESIM_SCHEMA_SCOPE: 'a', ESIM_SCHEMA_KEY: 'id' })).toEqual([
      'ESIM_SCHEMA_SCOPE: there is no such variable',
      'ESIM_SCHEMA_KEY: there is no such variable',
    ]);
    expect(faultsOf({ ...credentials, ESIM_SCHEMA_AUTHENTICATED: 'true' })).toEqual([
      'ESIM_SCHEMA_AUTHENTICATED: expected only with federation',
    ]);
  });

  it('never says what a faulty variable holds', () => {
    const names = [
      'PORT',
      'METRICS_PORT',
      'GRAPHQL_INTROSPECTION',
      'GRAPHQL_EXPLORER',
      'LOG_LEVEL',
      'DRAIN_DELAY_MS',
      'AIRALO_SANDBOX',
      'CACHE_CONTROL_SCOPE',
      'TRUSTED_DOCUMENTS',
      'AIRALO_BASE_URL',
      'AIRALO_CLIENT_ID',
      'AIRALO_CLIENT_ID_FILE',
      'AIRALO_CLIENT_SECRET',
      'AIRALO_CLIENT_SECRET_FILE',
      ...authVariables,
      'JWT_NO_SUCH_THING',
      'ESIM_USAGE_NO_SUCH_THING',
      'ESIM_SCHEMA_FEDERATION',
      'ESIM_SCHEMA_ENTITY',
      'ESIM_SCHEMA_ENTITY_KEY_TYPE',
      'ESIM_SCHEMA_SCOPES',
      'ESIM_SCHEMA_TAGS',
      ...figureNames.map((name) => variableOf(name)),
    ];
    const marker = 'planted';
    const value = fc.tuple(fc.string(), fc.string()).map((around) => around.join(marker));
    const environment = fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1 });
    fc.assert(
      fc.property(environment, fc.boolean(), (planted, withUrl) => {
        const url = withUrl ? { AIRALO_BASE_URL: `https://user:${marker}@example.com` } : {};
        const faults = faultsOf({ PORT: marker, ...planted, ...url });
        expect(faults.length).toBeGreaterThan(0);
        expect(faults.filter((fault) => fault.includes(marker) || !/^[A-Z_]+: [a-z]/.test(fault))).toEqual(
          [],
        );
      }),
    );
  });
});

describe('the configuration with the simulator', () => {
  it('needs nothing, and lets the schema be looked at', () => {
    expect(readConfig({}, { simulator: true })).toEqual({
      host: '127.0.0.1',
      port: 4_000,
      introspection: true,
      manifest: null,
      fastLane: true,
      explorer: true,
      auth: { kind: 'none' },
      logLevel: 'info',
      drainDelayMs: 0,
      sandbox: false,
      cacheScope: 'PRIVATE',
      figures: {},
      schema: {},
      redisUrl: null,
      metrics: null,
      upstream: null,
    });
  });

  it('does not look at credentials', () => {
    const given = { ...credentials, AIRALO_CLIENT_ID_FILE: '/no/such/file', AIRALO_BASE_URL: 'nonsense' };
    expect(readConfig(given, { simulator: true }).upstream).toBeNull();
  });

  it('lets the explorer be switched off, and with introspection both, and finds other faults', () => {
    const withSimulator = (given: Environment) => readConfig(given, { simulator: true });
    expect(withSimulator({ GRAPHQL_EXPLORER: 'false' })).toMatchObject({
      explorer: false,
      introspection: true,
    });
    expect(withSimulator({ GRAPHQL_INTROSPECTION: 'false' })).toMatchObject({
      explorer: false,
      introspection: false,
    });
    expect(faultsOf({ GRAPHQL_EXPLORER: 'true', GRAPHQL_INTROSPECTION: 'false' }, true)).toEqual([
      'GRAPHQL_EXPLORER: expected true only with introspection, which it reads the schema by',
    ]);
    const TRUSTED_DOCUMENTS = temporaryFile('{"ping":"{ __typename }"}');
    expect(withSimulator({ TRUSTED_DOCUMENTS })).toMatchObject({ explorer: false });
    expect(faultsOf({ GRAPHQL_EXPLORER: 'true', TRUSTED_DOCUMENTS }, true)).toEqual([
      'GRAPHQL_EXPLORER: expected true only without TRUSTED_DOCUMENTS, which it could not run',
    ]);
    expect(faultsOf({ PORT: 'x' }, true)).toEqual(['PORT: expected a whole number from 0 to 65535']);
  });
});
