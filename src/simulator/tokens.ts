import { randomUUID } from 'node:crypto';
import { createExpiringMap } from './expiring-map.js';

/** The tokens given out so far. */
export interface Tokens {
  /** A new token; earlier ones stay valid. */
  issue(nowMs: number): string;
  /** Whether an `Authorization` header carries a token that was issued here, has not expired and was not revoked. */
  accept(authorization: string | undefined, nowMs: number): boolean;
  /** Every token given so far is refused from now on. */
  revoke(): void;
}

export function createTokens(lifetimeMs: number): Tokens {
  const issued = createExpiringMap<true>(lifetimeMs);

  return {
    issue(nowMs) {
      const token = `simulator-${randomUUID()}`;
      issued.set(token, true, nowMs);
      return token;
    },
    accept(authorization = '', nowMs) {
      const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
      return issued.get(token, nowMs) === true;
    },
    revoke() {
      issued.clear();
    },
  };
}
