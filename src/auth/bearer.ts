import { type JWTPayload, jwtVerify } from 'jose';
import { AuthError, ForbiddenError, UnauthenticatedError } from './errors.js';
import { createKeySet, type KeySetOptions } from './key-set.js';
import { createRecognised } from './recognised.js';
import type { BearerSettings } from './settings.js';
import type { Authentication, Viewer } from './viewer.js';

/** Signatures that only the provider can make: whoever knows a public key could make the others. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Takes whoever sends a token that the provider has signed, for us, and that has not ended. */
export function createBearer(settings: BearerSettings, options: KeySetOptions): Authentication {
  const { issuer, audience, clockToleranceSeconds: clockTolerance } = settings;
  const keySet = createKeySet(settings.keys, options);
  const recognised = createRecognised(options.clock);
  // A token without an end would be good for ever.
  const demands = { issuer, audience, clockTolerance, algorithms, requiredClaims: ['exp'] };

  async function claimsOf(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keySet, demands)).payload;
    } catch (error) {
      throw error instanceof AuthError ? error : new UnauthenticatedError('Bearer error="invalid_token"');
    }
  }

  async function verify(authorization: string): Promise<Viewer> {
    const claims = await claimsOf(tokenIn(authorization));
    if (!isWithin(scopesIn(claims), settings.scopes)) throw new ForbiddenError();
    const viewer = viewerOf(claims, settings.iccidsClaim);
    recognised.add(authorization, viewer, claims.exp ?? 0);
    return viewer;
  }

  return {
    header: 'authorization',
    authenticate: async ({ authorization = '' }) => recognised.get(authorization) ?? verify(authorization),
    recognise: ({ authorization = '' }) => recognised.get(authorization),
  };
}

/** RFC 6750. */
function tokenIn(authorization: string): string {
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new UnauthenticatedError('Bearer');
  return token;
}

/** `scope` is a text (RFC 8693); some providers have `scp`, which is a text or a list. */
function scopesIn({ scope, scp }: JWTPayload): ReadonlySet<string> {
  return new Set([scope, scp].flatMap(textsIn).flatMap((text) => text.split(' ')));
}

function isWithin(has: ReadonlySet<string>, demanded: BearerSettings['scopes']): boolean {
  return demanded.length === 0 || demanded.some((set) => set.every((scope) => has.has(scope)));
}

/** A token without the claim may see nothing, and what is no text is no ICCID: a number has already lost digits. */
function viewerOf(claims: JWTPayload, iccidsClaim: string | null): Viewer {
  return { iccids: iccidsClaim === null ? null : new Set(textsIn(claims[iccidsClaim])) };
}

function textsIn(value: unknown): string[] {
  return [value].flat().filter((item) => typeof item === 'string');
}
