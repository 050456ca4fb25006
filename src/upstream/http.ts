import { errors, Pool } from 'undici';
import type { Clock } from '../clock.js';
import { type Delivery, UpstreamError } from '../errors.js';
import { createConnector } from './connector.js';
import { codeOf } from './error-code.js';

export interface HttpOptions {
  /** Scheme, host and port of the upstream. */
  readonly baseUrl: string;
  /** Longest time from sending to the end of the answer, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Most connections: as many as calls may be under way at once. */
  readonly connections: number;
  readonly clock: Clock;
}

/** One question. `path` holds nothing that came from outside unless it was validated and encoded. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One answer, whatever its status, read to its end. */
export interface HttpReply {
  readonly status: number;
  /** The `Retry-After` header as it came. Null when there is none, or more than one. */
  readonly retryAfter: string | null;
  /** Not yet decoded, so that nothing silently repairs it. */
  readonly body: Uint8Array;
}

/** The one way to the upstream. */
export interface Http {
  /**
   * Sends once and follows nothing. Rejects with an `UpstreamError`: `unreachable`, `unanswered` (also after
   * `callTimeoutMs`), `protocol`, or `garbled` for a body that is encoded or too large.
   */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Ends every connection and every call under way. */
  close(): Promise<void>;
}

/** A usage reply has about 250 bytes, a token reply about 1,500. */
const maxBodyBytes = 64 * 1024;

/** Opens the way to the upstream. No connection is made before the first call. */
export function createHttp({ baseUrl, callTimeoutMs, connections, clock }: HttpOptions): Http {
  const connector = createConnector(callTimeoutMs);
  const pool = new Pool(baseUrl, {
    connections,
    connect: connector.connect,
    maxResponseSize: maxBodyBytes,
    // One limit on the whole call instead, on a clock that tests can hold.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    async send({ method, path, headers, body }) {
      const abort = new AbortController();
      let delivery: Delivery = 'unanswered';

      async function exchange(): Promise<HttpReply> {
        const reply = await pool.request({
          method,
          path,
          headers,
          body: body ?? null,
          signal: abort.signal,
          // A connection for each call. A reply names no ICCID, so on one that is used again a reply that somebody on the way
          // repeats would be taken for the next question's answer. At the limit's pace the handshakes cost little.
          reset: true,
        });
        delivery = 'answered';
        // Read as it is, it would not be JSON; inflated, 64 KB could be gigabytes.
        if (reply.headers['content-encoding'] !== undefined)
          throw new UpstreamError('garbled', 'encoded body', { delivery });
        const retryAfter = reply.headers['retry-after'];
        return {
          status: reply.statusCode,
          retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
          body: await reply.body.bytes(),
        };
      }

      let cancelTimeout: (() => void) | undefined;
      const timeout = new Promise<never>((_, reject) => {
        cancelTimeout = clock.after(callTimeoutMs, () =>
          reject(new UpstreamError('unanswered', 'out of time', { delivery })),
        );
      });
      try {
        // A race, because undici heeds the signal of a call only once that has a connection.
        return await Promise.race([exchange(), timeout]);
      } catch (error) {
        abort.abort();
        throw error instanceof UpstreamError ? error : transportError(error, delivery);
      } finally {
        cancelTimeout?.();
      }
    },

    async close() {
      const destroyed = pool.destroy();
      connector.close();
      await destroyed;
    },
  };
}

/** Tells the faults of a connection apart. They are not handed on as the cause, because some quote what the upstream sent. */
function transportError(fault: unknown, delivery: Delivery): UpstreamError {
  if (fault instanceof errors.ResponseExceededMaxSizeError)
    return new UpstreamError('garbled', 'body too large', { delivery });
  if (fault instanceof errors.HeadersOverflowError)
    return new UpstreamError('protocol', 'headers too large', { delivery });
  // The parser also complains of an answer that ends too early, which is HTTP as far as it goes.
  if (fault instanceof errors.HTTPParserError && !/EOF/.test(fault.message))
    return new UpstreamError('protocol', 'not HTTP', { delivery });
  return new UpstreamError('unanswered', codeOf(fault, 'cut short'), { delivery });
}
