import { generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { createBearer } from '../../src/auth/bearer.js';
import type { BearerSettings } from '../../src/auth/settings.js';
import type { Viewer } from '../../src/auth/viewer.js';
import { createManualClock } from '../support/manual-clock.js';
import { createTokenIssuer, type TokenOptions } from '../support/token-issuer.js';

const options = { clock: createManualClock(), report: () => undefined };
const issuer = await createTokenIssuer();
const foreign = await generateKeyPair('ES256');
const iccid = '8944465400000267221';

/** Who the holder of such a token is, where such settings are. */
async function viewerOf(token: TokenOptions, settings: Partial<BearerSettings> = {}): Promise<Viewer> {
  const { authenticate } = createBearer(issuer.settings(settings), options);
  return authenticate({ authorization: `Bearer ${await issuer.sign(token)}` });
}

const invalid = { status: 401, code: 'UNAUTHENTICATED', challenge: 'Bearer error="invalid_token"' };
const missing = { ...invalid, challenge: 'Bearer' };
const forbidden = { status: 403, code: 'FORBIDDEN', challenge: 'Bearer error="insufficient_scope"' };

const parts = (token: string): string[] => token.split('.');
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  it('that the provider has signed for us is taken', async () => {
    expect(await viewerOf({})).toEqual({ iccids: null });
  });

  it.each<[string, TokenOptions]>([
    ['of another provider', { issuer: 'https://login.example.net' }],
    ['for somebody else', { audience: 'another-service' }],
    ['that has ended', { endsIn: -6 }],
    ['without an end', { endsIn: null }],
    ['that begins later', { claims: { nbf: Math.floor(Date.now() / 1_000) + 30 } }],
    ['of a key that nobody has', { header: { kid: 'key-2' } }],
    ['signed by another key of the same name', { key: foreign.privateKey }],
    [
      'signed with our own public key as a shared secret',
      { algorithm: 'HS256', key: Buffer.from(JSON.stringify(issuer.keys.keys[0])) },
    ],
  ])('%s is not', async (_name, token) => {
    await expect(viewerOf(token)).rejects.toMatchObject(invalid);
  });

  it('that ended within what clocks may differ by is taken', async () => {
    expect(await viewerOf({ endsIn: -3 })).toEqual({ iccids: null });
    await expect(viewerOf({ endsIn: -3 }, { clockToleranceSeconds: 0 })).rejects.toMatchObject(invalid);
  });

  it('that was changed, unsigned or made of something else is not', async () => {
    const { authenticate } = createBearer(issuer.settings(), options);
    const [header = '', payload = '', signature = ''] = parts(await issuer.sign());
    const unsigned = encoded({ alg: 'none' });
    const changed = encoded({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), admin: true });
    for (const token of [
      `${header}.${changed}.${signature}`,
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.${signature}`,
      `${encoded({ alg: 'ES256', jwk: issuer.keys.keys[0] })}.${payload}.${signature}`,
      `${encoded({ alg: 'ES256', kid: 'key-1', crit: ['x'], x: 1 })}.${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      'x',
      'a.b.c.d.e',
    ])
      await expect(authenticate({ authorization: `Bearer ${token}` }), token).rejects.toMatchObject(invalid);
  });

  it('is sent as a bearer token, and nothing else is one', async () => {
    const { authenticate, header } = createBearer(issuer.settings(), options);
    const token = await issuer.sign();
    expect(header).toBe('authorization');
    expect(await authenticate({ authorization: `bearer  ${token}` })).toEqual({ iccids: null });
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${token}`,
      token,
      `Bearer ${token} x`,
    ])
      await expect(authenticate({ authorization }), authorization).rejects.toMatchObject(missing);
    await expect(authenticate({ 'x-authorization': `Bearer ${token}` })).rejects.toMatchObject(missing);
  });
});

describe('the scopes of a token', () => {
  const scopes = [['usage:read', 'esim'], ['admin']];

  it.each([
    ['both of one set, as a text', { scope: 'other esim usage:read' }],
    ['the only one of another', { scope: 'admin' }],
    ['as a list, as some providers write them', { scp: ['usage:read', 'esim'] }],
    ['as a text by that name', { scp: 'admin' }],
  ])('are enough when they are %s', async (_name, claims) => {
    expect(await viewerOf({ claims }, { scopes })).toEqual({ iccids: null });
  });

  it.each([
    ['none', {}],
    ['only one of a set', { scope: 'usage:read' }],
    ['such as begin like one', { scope: 'administrator' }],
    ['no texts', { scope: 5, scp: [{ admin: true }, null] }],
  ])('are not when they are %s', async (_name, claims) => {
    await expect(viewerOf({ claims }, { scopes })).rejects.toMatchObject(forbidden);
  });
});

describe('the eSIMs that a token lists', () => {
  it.each<[string, unknown, string[]]>([
    ['a list', [iccid, '894000000000001'], [iccid, '894000000000001']],
    ['one text', iccid, [iccid]],
    ['numbers, which have already lost digits', [8_944_465_400_000_267, iccid], [iccid]],
    ['an object', { iccid }, []],
    ['nothing', undefined, []],
    ['null', null, []],
  ])('are those that may be seen: %s', async (_name, esims, seen) => {
    expect(await viewerOf({ claims: { esims } }, { iccidsClaim: 'esims' })).toEqual({
      iccids: new Set(seen),
    });
  });
});
