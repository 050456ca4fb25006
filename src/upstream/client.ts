import { z } from 'zod';
import type { Clock } from '../clock.js';
import {
  NotFoundError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
  type UpstreamErrorOptions,
  type UpstreamFault,
  UsageError,
} from '../errors.js';
import type { Report } from '../events.js';
import { type EsimUsageEnvironment, UsageStatus } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { UsageReading, UsageSource } from '../usage.js';
import { decodeUsage, parseBody, recycledFacts, type UsageFacts } from './decode.js';
import type { Http, HttpReply, HttpRequest } from './http.js';
import { retryAfterMs } from './retry-after.js';
import { sendAndTell } from './tell.js';
import type { Token } from './token.js';

export interface ClientOptions {
  readonly http: Http;
  readonly token: Token;
  readonly environment: EsimUsageEnvironment;
  /** For how long the upstream repeats a reply, in milliseconds. */
  readonly upstreamCacheMs: number;
  /** For how long a recycled eSIM is not asked for again, in milliseconds. */
  readonly recycledMs: number;
  /** The upstream's limits: which of them a 429 is about shows in the number that it names. */
  readonly companyRequests: number;
  readonly iccidRequests: number;
  readonly clock: Clock;
  readonly report: Report;
}

/** Most unknown status values that are remembered as reported: a broken upstream could invent them without end. */
const mostReported = 100;

/** Of anything else the status says all that is believed. */
const readBodyOf = [200, 422];

/**
 * Reads one eSIM's usage from the Airalo Partner API, with one call and no patience: queue, deadline and repetition are others'
 * concern. Rejects with `NotFoundError` (404, 422), `TooManyRequestsError` (429), `UnauthorizedError` (401, or no token at
 * hand) or `UpstreamError`.
 */
export function createClient(options: ClientOptions): UsageSource {
  const { http, token, clock, report } = options;
  const reported = new Set<string>();

  async function call(iccid: Iccid, bearer: string): Promise<UsageFacts> {
    report({ type: 'upstream.request', iccid });
    const request: HttpRequest = {
      method: 'GET',
      path: `/v2/sims/${encodeURIComponent(iccid)}/usage`,
      headers: { accept: 'application/json', authorization: `Bearer ${bearer}` },
      readBodyOf,
    };
    const reply = await sendAndTell(http, request, clock, {
      replied: (status, tookMs) => report({ type: 'upstream.reply', iccid, status, tookMs }),
      lost: (fault) => report({ type: 'upstream.lost', iccid, fault }),
    });
    if (reply.status === 401) token.rejected(bearer);
    if (reply.status === 200 || reply.status === 404) token.accepted(bearer);
    return factsOf(reply, iccid);
  }

  /** What a reply says, told apart by its status. */
  function factsOf(reply: HttpReply, iccid: Iccid): UsageFacts {
    const failed = (fault: UpstreamFault, differing: Partial<UpstreamErrorOptions> = {}): UpstreamError =>
      new UpstreamError(fault, `answered ${reply.status}`, { delivery: 'answered', ...differing });

    switch (reply.status) {
      case 200:
        return decodeUsage(reply.body);
      case 401:
        throw new UnauthorizedError('token refused', 'answered');
      case 403:
        throw failed('forbidden');
      case 404:
        throw new NotFoundError();
      case 408:
        // It had waited for a question long enough, and this one was on its way. Whether it was read, nobody knows.
        throw failed('unanswered', { delivery: 'unanswered', retryable: true });
      case 422:
        return rejectedFacts(reply, (code) => report({ type: 'upstream.businessCode', iccid, code }));
      case 429:
        throw tooManyRequests(reply);
      case 500:
      case 504:
        throw failed('failing', { retryable: true });
      case 503:
        throw failed('failing', { retryable: true, ...pauseIn(reply) });
      default:
        throw failed(reply.status > 500 ? 'failing' : 'garbled');
    }
  }

  function tooManyRequests(reply: HttpReply): TooManyRequestsError {
    const limit = Number(reply.header('x-ratelimit-limit') ?? Number.NaN);
    const isIccids = limit === options.iccidRequests && limit !== options.companyRequests;
    return new TooManyRequestsError(isIccids ? 'iccid' : 'company', retryAfterMs(reply, nowEpochMs()));
  }

  /** A whole service that says when it will be back. */
  function pauseIn(reply: HttpReply): Partial<UpstreamErrorOptions> {
    const pauseMs = retryAfterMs(reply, nowEpochMs());
    return pauseMs === null ? {} : { retryAfterMs: pauseMs, concerns: 'company' };
  }

  const nowEpochMs = (): number => clock.toDate(clock.now()).getTime();

  function warn(iccid: Iccid, { status, statusCode, expiryUnreadable }: UsageFacts): void {
    if (expiryUnreadable) report({ type: 'upstream.expiryUnreadable', iccid });
    if (status !== UsageStatus.UNKNOWN || statusCode === UsageStatus.UNKNOWN) return;
    if (reported.has(statusCode) || reported.size >= mostReported) return;
    reported.add(statusCode);
    report({ type: 'upstream.statusUnknown', iccid, statusCode });
  }

  function stamp(iccid: Iccid, sentAtMs: number, facts: UsageFacts): UsageReading {
    const { status, statusCode, isUnlimited, data, voice, text, expiresAtSeconds } = facts;
    const fetchedAtMs = clock.now();
    return {
      kind: 'reading',
      iccid,
      // Each by its name: what is spread is kept beside the object, which takes more.
      status,
      statusCode,
      isUnlimited,
      data,
      voice,
      text,
      expiresAtSeconds,
      environment: options.environment,
      fetchedAtMs,
      asOfNotBeforeMs: sentAtMs - options.upstreamCacheMs,
      freshUntilMs:
        fetchedAtMs + (status === UsageStatus.RECYCLED ? options.recycledMs : options.upstreamCacheMs),
      staleReason: null,
    };
  }

  return {
    async read(iccid, caller) {
      const bearer = token.current();
      if (bearer === null) throw new UnauthorizedError('no token at hand', 'unsent');
      caller.onSent?.();
      const sentAtMs = clock.now();
      try {
        const facts = await call(iccid, bearer);
        warn(iccid, facts);
        return stamp(iccid, sentAtMs, facts);
      } catch (error) {
        if (error instanceof UsageError && error.code !== 'NOT_FOUND')
          report({ type: 'upstream.failed', iccid, error });
        throw error;
      }
    },
  };
}

const businessError = z.object({ code: z.number() });

/** A 422 carries a business code: 73 is a recycled eSIM, 13 an upstream that cannot say (Airalo Partner API documentation). */
function rejectedFacts(reply: HttpReply, onBusinessCode: (code: number | null) => void): UsageFacts {
  const code = businessCode(reply);
  onBusinessCode(code);
  if (code === 73) return recycledFacts;
  if (code === 13)
    throw new UpstreamError('failing', 'business code 13', { delivery: 'answered', retryAfterMs: 60_000 });
  throw new NotFoundError();
}

function businessCode(reply: HttpReply): number | null {
  try {
    return parseBody(businessError, reply.body).code;
  } catch {
    return null;
  }
}
