import { z } from 'zod';
import type { Clock } from '../clock.js';
import { NotFoundError, UnauthorizedError, UpstreamError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import { type EsimUsageEnvironment, UsageStatus } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { UsageReading, UsageSource } from '../usage.js';
import { decodeUsage, parseBody, recycledFacts, type UsageFacts } from './decode.js';
import type { Http, HttpReply } from './http.js';
import { throttledBy } from './throttled.js';
import type { Token } from './token.js';

export interface ClientOptions {
  readonly http: Http;
  readonly token: Token;
  readonly environment: EsimUsageEnvironment;
  /** For how long the upstream repeats a reply, in milliseconds. */
  readonly upstreamCacheMs: number;
  /** For how long a recycled eSIM is not asked for again, in milliseconds. */
  readonly recycledMs: number;
  readonly clock: Clock;
  readonly report: Report;
}

/** Most unknown status values that are remembered as reported: a broken upstream could invent them without end. */
const mostReported = 100;

/** Without a `Retry-After` the company's window is over after a second. */
const throttled = { otherwiseMs: 1_000, mostMs: 60_000 };

/**
 * Reads one eSIM's usage from the Airalo Partner API, with one call and no patience: queue, deadline and repetition are others'
 * concern. Rejects with `NotFoundError` (404, 422), `ThrottledError` (429), `UnauthorizedError` (401, or no token at hand)
 * or `UpstreamError`.
 */
export function createClient(options: ClientOptions): UsageSource {
  const { http, token, clock, report } = options;
  const reported = new Set<string>();

  async function call(iccid: Iccid, bearer: string, sentAtMs: number): Promise<UsageFacts> {
    report({ type: 'upstream.request', iccid });
    const reply = await http.send({
      method: 'GET',
      path: `/v2/sims/${encodeURIComponent(iccid)}/usage`,
      headers: { accept: 'application/json', authorization: `Bearer ${bearer}` },
    });
    report({ type: 'upstream.reply', iccid, status: reply.status, tookMs: clock.now() - sentAtMs });
    if (reply.status === 401) token.rejected(bearer);
    if (reply.status === 200 || reply.status === 404) token.accepted(bearer);
    return factsOf(reply, (code) => report({ type: 'upstream.businessCode', iccid, code }));
  }

  function warn(iccid: Iccid, { status, statusCode, expiryUnreadable }: UsageFacts): void {
    if (expiryUnreadable) report({ type: 'upstream.expiryUnreadable', iccid });
    if (status !== UsageStatus.UNKNOWN || statusCode === UsageStatus.UNKNOWN) return;
    if (reported.has(statusCode) || reported.size >= mostReported) return;
    reported.add(statusCode);
    report({ type: 'upstream.statusUnknown', iccid, statusCode });
  }

  function stamp(iccid: Iccid, sentAtMs: number, { expiryUnreadable, ...facts }: UsageFacts): UsageReading {
    const fetchedAtMs = clock.now();
    return {
      kind: 'reading',
      iccid,
      ...facts,
      environment: options.environment,
      fetchedAtMs,
      asOfNotBeforeMs: sentAtMs - options.upstreamCacheMs,
      freshUntilMs:
        fetchedAtMs + (facts.status === UsageStatus.RECYCLED ? options.recycledMs : options.upstreamCacheMs),
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
        const facts = await call(iccid, bearer, sentAtMs);
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

/** What a reply says, told apart by its status: the body of anything but a 200 or a 422 is not looked at. */
function factsOf(reply: HttpReply, onBusinessCode: (code: number | null) => void): UsageFacts {
  const failed = (fault: ConstructorParameters<typeof UpstreamError>[0]): UpstreamError =>
    new UpstreamError(fault, `answered ${reply.status}`, { delivery: 'answered' });

  if (reply.status >= 500) throw failed('failing');
  switch (reply.status) {
    case 200:
      return decodeUsage(reply.body);
    case 401:
      throw new UnauthorizedError('token refused', 'answered');
    case 403:
      throw failed('forbidden');
    case 404:
      throw new NotFoundError();
    case 422:
      return rejectedFacts(reply, onBusinessCode);
    case 429:
      throw throttledBy(reply, throttled);
    default:
      throw failed('garbled');
  }
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
