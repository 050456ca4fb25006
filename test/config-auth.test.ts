import { describe, expect, it } from 'vitest';
import { readAuth } from '../src/config/auth.js';
import { ConfigError, type Environment, readConfig } from '../src/config/config.js';
import { temporaryFile } from './support/temporary-file.js';
import { createTokenIssuer } from './support/token-issuer.js';

const credentials = { AIRALO_CLIENT_ID: 'a-client-id', AIRALO_CLIENT_SECRET: 'a-client-secret' };
const secret = 'nobody-guesses-this';
const jwt = {
  AUTH: 'jwt',
  JWT_ISSUER: 'https://login.example',
  JWT_AUDIENCE: 'esim-usage',
  JWT_JWKS_URL: 'https://login.example/keys?tenant=7',
};
const { keys } = await createTokenIssuer();

/** What the environment says of who may ask, or what is wrong with it. */
function read(environment: Environment, simulator = false) {
  try {
    return readConfig({ ...credentials, ...environment }, { simulator }).auth;
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('who may ask', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('need not be said for %s', (HOST) => {
    expect(read({ HOST })).toEqual({ kind: 'none' });
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example', 'localhost.example', '128.0.0.1'])(
    'must be said for %s, with the simulator, too',
    (HOST) => {
      const fault = 'AUTH: missing: expected none, secret or jwt, because HOST is reached from elsewhere';
      expect(read({ HOST })).toEqual([fault]);
      expect(read({ HOST }, true)).toEqual([fault]);
      expect(read({ HOST, AUTH: 'none' })).toEqual({ kind: 'none' });
    },
  );

  it('is one of three', () => {
    expect(read({ AUTH: 'basic' })).toEqual(['AUTH: expected none, secret or jwt']);
  });

  it('is whoever has the secret of a router, or the one before it', () => {
    expect(read({ AUTH: 'secret', ROUTER_SECRET: secret })).toEqual({
      kind: 'secret',
      header: 'router-authorization',
      secrets: [secret],
    });
    expect(
      read({
        AUTH: 'secret',
        ROUTER_SECRET_FILE: temporaryFile(`${secret}\n`),
        ROUTER_SECRET_PREVIOUS: `${secret}-before`,
        ROUTER_SECRET_HEADER: 'X-Usage-Secret',
      }),
    ).toEqual({ kind: 'secret', header: 'x-usage-secret', secrets: [secret, `${secret}-before`] });
  });

  it('is whoever has a token of a provider', () => {
    expect(read(jwt)).toEqual({
      kind: 'jwt',
      keys: new URL(jwt.JWT_JWKS_URL),
      issuer: jwt.JWT_ISSUER,
      audience: jwt.JWT_AUDIENCE,
      clockToleranceSeconds: 5,
      scopes: [],
      iccidsClaim: null,
    });
    const { JWT_JWKS_URL, ...rest } = jwt;
    expect(
      read({
        ...rest,
        JWT_JWKS_FILE: temporaryFile(JSON.stringify(keys)),
        JWT_CLOCK_TOLERANCE_SECONDS: '0',
        JWT_SCOPES: 'usage:read esim, admin',
        JWT_ICCIDS_CLAIM: 'esims',
      }),
    ).toMatchObject({
      keys,
      clockToleranceSeconds: 0,
      scopes: [['usage:read', 'esim'], ['admin']],
      iccidsClaim: 'esims',
    });
  });

  it.each<[string, Environment, string[]]>([
    [
      'no secret',
      { AUTH: 'secret' },
      ['ROUTER_SECRET: missing (or ROUTER_SECRET_FILE, the path of a file that holds it)'],
    ],
    [
      'secrets that can be guessed or cannot stand in a header',
      { AUTH: 'secret', ROUTER_SECRET: 'a'.repeat(15), ROUTER_SECRET_PREVIOUS: `${secret} ${secret}` },
      [
        'ROUTER_SECRET: expected at least 16 characters, without spaces',
        'ROUTER_SECRET_PREVIOUS: expected at least 16 characters, without spaces',
      ],
    ],
    [
      'no name of a header',
      { AUTH: 'secret', ROUTER_SECRET: secret, ROUTER_SECRET_HEADER: 'a b' },
      ['ROUTER_SECRET_HEADER: expected the name of a header'],
    ],
    [
      'nothing of a provider',
      { AUTH: 'jwt' },
      [
        'JWT_ISSUER: missing: expected the `iss` of the tokens',
        'JWT_AUDIENCE: missing: expected the `aud` of the tokens',
        'JWT_JWKS_URL: expected either this or JWT_JWKS_FILE',
      ],
    ],
    [
      'keys that anybody on the way could replace',
      { ...jwt, JWT_JWKS_URL: 'http://login.example/keys' },
      ['JWT_JWKS_URL: expected an https: URL (http: only for this machine)'],
    ],
    [
      'a file that is not there, beside a URL',
      { ...jwt, JWT_JWKS_FILE: '/no/such/file' },
      [
        'JWT_JWKS_FILE: expected the path of a JSON Web Key Set with public keys',
        'JWT_JWKS_URL: expected either this or JWT_JWKS_FILE',
      ],
    ],
    [
      'clocks that differ by very much',
      { ...jwt, JWT_CLOCK_TOLERANCE_SECONDS: '301' },
      ['JWT_CLOCK_TOLERANCE_SECONDS: expected a whole number from 0 to 300'],
    ],
    [
      'what belongs to another way',
      { ROUTER_SECRET: secret, JWT_SCOPES: 'admin' },
      ['ROUTER_SECRET: expected only with AUTH=secret', 'JWT_SCOPES: expected only with AUTH=jwt'],
    ],
    [
      'a slip of the pen, which would take a check away',
      { ...jwt, JWT_SCOPE: 'admin', ROUTER_SECRETS: secret },
      ['ROUTER_SECRETS: there is no such variable', 'JWT_SCOPE: there is no such variable'],
    ],
    [
      'answers for everybody of what each may see another part of',
      { ...jwt, JWT_ICCIDS_CLAIM: 'esims', CACHE_CONTROL_SCOPE: 'PUBLIC' },
      ['CACHE_CONTROL_SCOPE: expected PRIVATE with JWT_ICCIDS_CLAIM, by which callers see different things'],
    ],
  ])('is refused: %s', (_name, environment, faults) => {
    expect(read(environment)).toEqual(faults);
  });

  it.each([
    ['no JSON', 'MARKER'],
    ['no keys', '{"keys":[]}'],
    ['a shared secret, by which anybody who has it could sign', '{"keys":[{"kty":"oct","k":"MARKER"}]}'],
  ])('is refused, without a word of it, in a file of keys that has %s', (_name, text) => {
    const { JWT_JWKS_URL, ...rest } = jwt;
    expect(read({ ...rest, JWT_JWKS_FILE: temporaryFile(text) })).toEqual([
      'JWT_JWKS_FILE: expected the path of a JSON Web Key Set with public keys',
    ]);
  });

  it('is never anybody while there is a fault', () => {
    const faults: string[] = [];
    readAuth({ AUTH: 'jwt' }, '0.0.0.0', faults);
    expect(faults).not.toEqual([]);
  });
});
