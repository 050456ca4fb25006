import { Pool } from 'undici';
import type { Clock } from '../clock.js';
import { UpstreamError } from '../errors.js';

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
  const pool = new Pool(baseUrl, {
    connections,
    // One question at a time on a connection: an answer can never be taken for another's.
    pipelining: 1,
    maxResponseSize: maxBodyBytes,
    // One limit on the whole call instead, on a clock that tests can hold.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    async send({ method, path, headers, body }) {
      const abort = new AbortController();
      const cancelTimeout = clock.after(callTimeoutMs, () => abort.abort());
      let answered = false;
      try {
        const reply = await pool.request({ method, path, headers, body: body ?? null, signal: abort.signal });
        answered = true;
        if (reply.headers['content-encoding'] !== undefined) {
          // Read as it is, it would not be JSON; inflated, 64 KB could be gigabytes.
          abort.abort();
          throw new UpstreamError('garbled', 'encoded body', { delivery: 'answered' });
        }
        const retryAfter = reply.headers['retry-after'];
        return {
          status: reply.statusCode,
          retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
          body: await reply.body.bytes(),
        };
      } catch (error) {
        throw error instanceof UpstreamError ? error : transportError(error, answered);
      } finally {
        cancelTimeout();
      }
    },

    close: () => pool.destroy(),
  };
}

/** Tells the faults of the transport apart. undici and Node name them by `code`. */
function transportError(cause: unknown, answered: boolean): UpstreamError {
  const delivery = answered ? 'answered' : 'unanswered';
  const code = codeOf(cause);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new UpstreamError('garbled', 'body too large', { delivery, cause });
  if (/^HPE_|^UND_ERR_HEADERS_OVERFLOW$/.test(code))
    return new UpstreamError('protocol', code, { delivery, cause });
  if (
    /^ECONNREFUSED$|^E(HOST|NET)UNREACH$|^ENOTFOUND$|^EAI_|^UND_ERR_CONNECT_TIMEOUT$|^ERR_(TLS|SSL)_|CERT/.test(
      code,
    )
  )
    return new UpstreamError('unreachable', code, { delivery, cause });
  return new UpstreamError('unanswered', code, { delivery, cause });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
