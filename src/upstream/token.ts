import { z } from 'zod';
import type { Clock } from '../clock.js';
import { RememberedError, UnauthorizedError, UpstreamError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import { parseBody } from './decode.js';
import type { Http } from './http.js';
import { throttledBy } from './throttled.js';

export interface TokenOptions {
  readonly http: Http;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets a token request out when the limits allow it, or rejects with a `ThrottledError`. */
  readonly limit: <T>(call: () => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly report: Report;
}

/** The company's token: fetched once for all, renewed before it ends, dropped when the upstream refuses it. */
export interface Token {
  /**
   * Resolves once a token is at hand. Rejects with a `UsageError` when none can be had. Must not be awaited while holding a
   * slot, because renewing takes one.
   */
  ready(): Promise<void>;
  /** The token to send now. Null when there is none. */
  current(): string | null;
  /** The upstream has taken this token. */
  accepted(value: string): void;
  /** The upstream has refused this token. After the second in a row `ready` rejects for a minute: a third would not help. */
  rejected(value: string): void;
}

interface HeldToken {
  readonly value: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/** `expires_in` says 366 days and the prose says 24 hours: the smaller counts (Airalo Partner API documentation). */
const lifetimeMs = { least: 60_000, most: 24 * 60 * 60_000 };
/** A token is not used in its last seconds: it could end on the way. */
const endMarginMs = 10_000;
/** The part of the time for which it is used after which it is renewed, while it still serves. */
const renewAfter = 0.9;
/** Between failed attempts: two a minute leave one of the documented three for a restart. */
const retryMs = 30_000;
/** After credentials or a new token were refused. Asking again sooner cannot help. */
const refusedMs = 60_000;

/** Without a `Retry-After` the documented window has to pass. The pause is long to believe, because the old token serves. */
const throttled = { otherwiseMs: 60_000, mostMs: 60 * 60_000 };

const tokenBody = z.object({
  data: z.object({
    // What may stand in a header.
    access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
    // One that cannot be read is no reason to be without a token.
    expires_in: z
      .union([
        z.number(),
        z
          .string()
          .regex(/^\d{1,12}$/)
          .transform(Number),
      ])
      .catch(0),
  }),
});

/** Makes a token source for one set of credentials. Nothing is fetched before it is needed. */
export function createToken(options: TokenOptions): Token {
  const { clock, report } = options;
  let held: HeldToken | null = null;
  let pending: Promise<void> | null = null;
  let failure: { error: UsageError; untilMs: number } | null = null;
  let refusedInARow = 0;

  function current(): string | null {
    return held !== null && clock.now() < held.endsAtMs ? held.value : null;
  }

  function renew(): Promise<void> {
    if (failure !== null && clock.now() < failure.untilMs)
      return Promise.reject(new RememberedError(failure.error, failure.untilMs - clock.now()));
    pending ??= options
      .limit(() => fetchToken(options))
      .then(hold, fail)
      .finally(() => {
        pending = null;
      });
    return pending;
  }

  function hold(token: { value: string; forMs: number }): void {
    const nowMs = clock.now();
    const usedForMs = token.forMs - endMarginMs;
    held = {
      value: token.value,
      renewAtMs: nowMs + usedForMs * renewAfter,
      endsAtMs: nowMs + usedForMs,
    };
    report({ type: 'token.renewed', lifetimeMs: token.forMs });
  }

  function fail(error: unknown): never {
    throw error instanceof UsageError ? remember(error, error.retryAfterMs ?? retryMs) : error;
  }

  function remember(error: UsageError, forMs: number): UsageError {
    failure = { error, untilMs: clock.now() + forMs };
    report({ type: 'token.failed', error, retryAfterMs: forMs });
    return new RememberedError(error, forMs);
  }

  return {
    current,

    async ready() {
      if (held === null || current() === null) return renew();
      // The old token serves meanwhile, and whatever comes of this shows when it ends.
      if (clock.now() >= held.renewAtMs) renew().catch(() => undefined);
    },

    accepted(value) {
      if (held?.value === value) refusedInARow = 0;
    },

    rejected(value) {
      if (held?.value !== value) return;
      held = null;
      refusedInARow += 1;
      report({ type: 'token.rejected' });
      if (refusedInARow > 1)
        remember(new UnauthorizedError('a new token was refused', 'answered'), refusedMs);
    },
  };
}

/** One token request. Only the lifetime is believed with limits. */
async function fetchToken({
  http,
  clientId,
  clientSecret,
}: TokenOptions): Promise<{ value: string; forMs: number }> {
  const reply = await http.send({
    method: 'POST',
    path: '/v2/token',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: 'client_credentials',
    }).toString(),
  });
  if (reply.status === 200) {
    const { access_token, expires_in } = parseBody(tokenBody, reply.body).data;
    const saidMs = expires_in * 1_000;
    return { value: access_token, forMs: Math.min(Math.max(saidMs, lifetimeMs.least), lifetimeMs.most) };
  }
  if (reply.status === 429) throw throttledBy(reply, throttled);
  const detail = `token request answered ${reply.status}`;
  if (reply.status >= 500) throw new UpstreamError('failing', detail, { delivery: 'answered' });
  throw new UpstreamError('forbidden', detail, { delivery: 'answered', retryAfterMs: refusedMs });
}
