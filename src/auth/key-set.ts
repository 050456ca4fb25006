import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../clock.js';
import { KeysUnavailableError } from './errors.js';
import type { BearerSettings } from './settings.js';

/** Told when a provider's keys could not be had. `detail` is a kind of error and no text of anybody's. */
export type ReportKeys = (event: { readonly type: 'auth.unavailable'; readonly detail: string }) => void;

export interface KeySetOptions {
  readonly clock: Clock;
  readonly report: ReportKeys;
}

/** The longest that a request waits for keys, how often they are looked for anew, and for how long old ones serve when there are no new ones. */
const patience = {
  timeoutMs: 2_000,
  renewedAfterMs: 10 * 60_000,
  unknownAgainMs: 30_000,
  retryMs: 10_000,
  oldMs: 60 * 60_000,
};

/** The key that a token says it was signed with. Rejects with jose's errors where the token is at fault, and with a `KeysUnavailableError`. */
export function createKeySet(source: BearerSettings['keys'], options: KeySetOptions): JWTVerifyGetKey {
  return source instanceof URL ? createRemote(source, options) : createLocalJWKSet(source);
}

/** Fetched when they are needed. While the provider is away those that it had lately are good enough: a token ends by itself. */
function createRemote(url: URL, { clock, report }: KeySetOptions): JWTVerifyGetKey {
  let freshAtMs = Number.NEGATIVE_INFINITY;
  let retryAtMs = Number.NEGATIVE_INFINITY;
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: patience.timeoutMs,
    cacheMaxAge: patience.renewedAfterMs,
    cooldownDuration: patience.unknownAgainMs,
  });

  const fetched: JWTVerifyGetKey = async (header, token) => {
    const key = await remote(header, token);
    if (remote.fresh) freshAtMs = clock.now();
    return key;
  };

  /** A key that is not among the old ones may be a new one. */
  const known: JWTVerifyGetKey = async (header, token) => {
    const set = clock.now() - freshAtMs > patience.oldMs ? undefined : remote.jwks();
    try {
      return await createLocalJWKSet(set ?? { keys: [] })(header, token);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey
        ? new KeysUnavailableError(patience.retryMs / 1_000)
        : error;
    }
  };

  return async (header, token) => {
    if (clock.now() < retryAtMs) return known(header, token);
    try {
      return await fetched(header, token);
    } catch (error) {
      if (isOfToken(error)) throw error;
      // Who asks meanwhile does not wait in vain.
      retryAtMs = clock.now() + patience.retryMs;
      report({ type: 'auth.unavailable', detail: error instanceof Error ? error.name : 'unknown' });
      return known(header, token);
    }
  };
}

/** Whether the token names no key that there is, and the keys themselves are at hand. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
