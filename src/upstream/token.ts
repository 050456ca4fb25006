import { z } from 'zod';
import type { Clock } from '../clock.js';
import {
  RememberedError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
  UsageError,
} from '../errors.js';
import type { Report } from '../events.js';
import { parseBody } from './decode.js';
import type { Http, HttpReply, HttpRequest } from './http.js';
import { retryAfterMs } from './retry-after.js';
import { sendAndTell } from './tell.js';

export interface TokenOptions {
  readonly http: Http;
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * Brings a token other than this one: what `fetch` does when the limits allow it, or one that others have. Rejects with a `ThrottledError` when
   * nothing can be had in time.
   */
  readonly obtain: (fetch: () => Promise<NewToken>, unwanted: string | null) => Promise<NewToken>;
  /** Told that `isAwaited` is over. */
  readonly onSettled: () => void;
  /** Told of each token before it is used. */
  readonly onSecret: (secret: string) => void;
  readonly clock: Clock;
  readonly report: Report;
}

/** The company's token: fetched once for all, renewed before it ends, dropped when the upstream refuses it. */
export interface Token {
  /**
   * Sees to it that a token is at hand or on its way. Throws a `UsageError` when none can be had. Nothing is to be awaited: who
   * waits does so in line, where it is known at once whether that is of use.
   */
  ensure(): void;
  /** Whether none is at hand and one is on its way. */
  isAwaited(): boolean;
  /** The token to send now. Null when there is none. */
  current(): string | null;
  /** How long ago that token came, and for how long it is still used, in milliseconds. Null when there is none. */
  age(): TokenAge | null;
  /** The upstream has taken this token. */
  accepted(value: string): void;
  /** The upstream has refused this token. After the second in a row `ensure` throws for a minute: a third would not help. */
  rejected(value: string): void;
}

export interface TokenAge {
  readonly ageMs: number;
  readonly leftMs: number;
}

/** A token, and for how long it lasts, in milliseconds. */
interface NewToken {
  readonly value: string;
  readonly forMs: number;
}

interface HeldToken {
  readonly value: string;
  readonly heldSinceMs: number;
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

/**
 * The pause after a 429. Without a `Retry-After` the documented window has to pass; a long one is believed, because the old
 * token serves meanwhile.
 */
const throttledMs = { otherwise: 60_000, least: 1_000, most: 60 * 60_000 };

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
  /** The one that was held last: whatever became of it, another is needed. */
  let last: string | null = null;
  let isPending = false;
  let failure: { error: unknown; untilMs: number } | null = null;
  let refusedInARow = 0;

  function valid(): HeldToken | null {
    return held !== null && clock.now() < held.endsAtMs ? held : null;
  }

  const current = (): string | null => valid()?.value ?? null;

  function renew(): void {
    const leftMs = (failure?.untilMs ?? 0) - clock.now();
    if (failure !== null && leftMs > 0)
      throw failure.error instanceof UsageError ? new RememberedError(failure.error, leftMs) : failure.error;
    if (isPending) return;
    isPending = true;
    options
      .obtain(() => fetchToken(options), last)
      .then(hold, fail)
      .finally(() => {
        isPending = false;
        options.onSettled();
      });
  }

  function hold(token: NewToken): void {
    const nowMs = clock.now();
    const usedForMs = token.forMs - endMarginMs;
    options.onSecret(token.value);
    last = token.value;
    held = {
      value: token.value,
      heldSinceMs: nowMs,
      renewAtMs: nowMs + usedForMs * renewAfter,
      endsAtMs: nowMs + usedForMs,
    };
    report({ type: 'token.renewed', lifetimeMs: token.forMs });
  }

  /** Told to those who ask next. What is no `UsageError` is our own bug, and they shall know it as that. */
  function fail(error: unknown): void {
    if (error instanceof UsageError) remember(error, error.retryAfterMs ?? retryMs);
    else failure = { error, untilMs: clock.now() + retryMs };
  }

  function remember(error: UsageError, forMs: number): void {
    failure = { error, untilMs: clock.now() + forMs };
    report({ type: 'token.failed', error, retryAfterMs: forMs });
  }

  return {
    current,

    age() {
      const token = valid();
      if (token === null) return null;
      const nowMs = clock.now();
      return { ageMs: nowMs - token.heldSinceMs, leftMs: token.endsAtMs - nowMs };
    },

    ensure() {
      if (held === null || current() === null) return renew();
      if (clock.now() < held.renewAtMs) return;
      try {
        renew();
      } catch {
        // The old token serves meanwhile, and whatever comes of this shows when it ends.
      }
    },

    isAwaited: () => isPending && current() === null,

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
async function fetchToken(options: TokenOptions): Promise<NewToken> {
  const { report } = options;
  report({ type: 'token.request' });
  const request: HttpRequest = {
    method: 'POST',
    path: '/v2/token',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      client_id: options.clientId,
      client_secret: options.clientSecret,
      grant_type: 'client_credentials',
    }).toString(),
    readBodyOf: [200],
  };
  const reply = await sendAndTell(options.http, request, options.clock, {
    replied: (status, tookMs) => report({ type: 'token.reply', status, tookMs }),
    lost: (fault) => report({ type: 'token.lost', fault }),
  });
  if (reply.status === 200) {
    const { access_token, expires_in } = parseBody(tokenBody, reply.body).data;
    const saidMs = expires_in * 1_000;
    return { value: access_token, forMs: Math.min(Math.max(saidMs, lifetimeMs.least), lifetimeMs.most) };
  }
  if (reply.status === 429) throw tooManyRequests(reply, options.clock);
  const detail = `token request answered ${reply.status}`;
  if (reply.status >= 500) throw new UpstreamError('failing', detail, { delivery: 'answered' });
  throw new UpstreamError('forbidden', detail, { delivery: 'answered', retryAfterMs: refusedMs });
}

function tooManyRequests(reply: HttpReply, clock: Clock): TooManyRequestsError {
  const saidMs = retryAfterMs(reply, clock.toDate(clock.now()).getTime()) ?? throttledMs.otherwise;
  return new TooManyRequestsError('company', Math.min(Math.max(saidMs, throttledMs.least), throttledMs.most));
}
