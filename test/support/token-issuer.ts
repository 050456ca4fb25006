import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTPayload,
  SignJWT,
} from 'jose';
import type { BearerSettings } from '../../src/auth/settings.js';

/** What a test says of a token where it is to differ from a good one. */
export interface TokenOptions {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  /** In seconds from now. Null for a token without an end. */
  readonly endsIn?: number | null;
  readonly issuer?: string;
  readonly audience?: string;
  readonly algorithm?: string;
  readonly key?: CryptoKey | Uint8Array;
}

/** Signs tokens as a provider does. */
export interface TokenIssuer {
  /** Its public keys. */
  readonly keys: JSONWebKeySet;
  /** Settings that take its tokens, and those of nobody else. */
  settings(differing?: Partial<BearerSettings>): BearerSettings;
  sign(options?: TokenOptions): Promise<string>;
}

const issuer = 'https://login.example';
const audience = 'esim-usage';

/** Makes a provider with one key of its own. */
export async function createTokenIssuer(kid = 'key-1'): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' }] };

  return {
    keys,
    settings: (differing) => ({
      kind: 'jwt',
      keys,
      issuer,
      audience,
      clockToleranceSeconds: 5,
      scopes: [],
      iccidsClaim: null,
      ...differing,
    }),
    sign(options = {}) {
      const token = new SignJWT(options.claims)
        .setProtectedHeader({ alg: options.algorithm ?? 'ES256', kid, ...options.header })
        .setIssuer(options.issuer ?? issuer)
        .setAudience(options.audience ?? audience);
      const endsIn = options.endsIn === undefined ? 60 : options.endsIn;
      if (endsIn !== null) token.setExpirationTime(Math.floor(Date.now() / 1_000) + endsIn);
      return token.sign(options.key ?? privateKey);
    },
  };
}
