import { type Client, type Dispatcher, errors } from 'undici';
import type { Clock } from '../clock.js';
import { type Delivery, StragglingError, UpstreamError } from '../errors.js';
import { PassingMap } from '../passing-map.js';
import { createClientPool, type LentClient } from './client-pool.js';
import { createConnection } from './connector.js';
import { codeOf } from './error-code.js';
import { createSpareConnections } from './spare-connections.js';

export interface HttpOptions {
  /** Scheme, host and port of the upstream. */
  readonly baseUrl: string;
  /** Longest time from sending to the end of the answer, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: Clock;
}

/** One question. `path` holds nothing that came from outside unless it was validated and encoded. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The statuses whose body matters. Of any other answer it is not read. */
  readonly readBodyOf: readonly number[];
}

/** One answer, whatever its status. */
export interface HttpReply {
  readonly status: number;
  /** A header by its name in lower case, as it came. Null when there is none, or more than one. */
  header(name: string): string | null;
  /** Not yet decoded, so that nothing silently repairs it. Empty when it was not to be read. */
  readonly body: Uint8Array;
}

/** The one way to the upstream. */
export interface Http {
  /**
   * Sends once and follows nothing. Rejects with an `UpstreamError`: `unreachable`, `unanswered` (also after
   * `callTimeoutMs`), `protocol`, or `garbled` for a body that matters and is encoded or too large.
   */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Ends every connection and every call under way. */
  close(): Promise<void>;
}

/** A usage reply has about 250 bytes, a token reply about 1,500. */
const maxBodyBytes = 64 * 1024;
/** For how long after it ran out of time a call's connection is kept. */
const lingerMs = 20_000;

/**
 * Opens the way to the upstream. No connection is made before the first call; after one that was answered a spare one is kept
 * ready for a while.
 */
export function createHttp({ baseUrl, callTimeoutMs, clock }: HttpOptions): Http {
  /** How to give up each call. */
  const underWay = new PassingMap<number, (reason: UpstreamError) => void>();
  const lingering = new Set<() => void>();
  const spares = createSpareConnections({ baseUrl, clock });
  const pool = createClientPool(baseUrl, maxBodyBytes);
  let calls = 0;
  let isClosed = false;

  async function send(request: HttpRequest): Promise<HttpReply> {
    if (isClosed) throw new UpstreamError('unreachable', 'closed', { delivery: 'unsent' });
    // A connection for each call: a reply names no ICCID, so on one that is used again a reply that somebody on the way repeats
    // would be taken for the next question's answer. A spare one saves the handshakes. The other side may be ending that just now,
    // so it is only for what is harmless to ask twice.
    const connection = request.method === 'GET' ? spares.next() : createConnection();
    const lent = pool.lend(connection);
    const call: Call = { delivery: 'unanswered', isRead: false };
    const number = calls++;
    const end = (): void => {
      connection.reset();
      // Settles with an error what is still under way, which nobody waits for any more.
      lent.destroy();
    };
    const exchanged = exchange(lent.client, request, call);
    const outOfTime = (): UpstreamError => {
      const isOut = call.delivery === 'unanswered' && connection.isMade();
      return isOut
        ? new StragglingError(lingerMs, linger(exchanged, end))
        : new UpstreamError('unanswered', 'out of time', { delivery: call.delivery });
    };
    let cancelTimeout: (() => void) | undefined;
    try {
      const reply = await new Promise<HttpReply>((resolve, reject) => {
        exchanged.then(resolve, reject);
        cancelTimeout = clock.after(callTimeoutMs, () => reject(outOfTime()));
        underWay.set(number, reject);
      });
      setImmediate(() => tidyUp(lent, call));
      return reply;
    } catch (error) {
      if (!(error instanceof StragglingError)) end();
      throw error instanceof UpstreamError ? error : transportError(error, call.delivery);
    } finally {
      cancelTimeout?.();
      underWay.delete(number);
    }
  }

  /** After a call that was answered, and after those have been answered that waited for it. */
  function tidyUp({ giveBack, destroy }: LentClient, { isRead }: Call): void {
    if (isRead) giveBack();
    else destroy();
    // Not while the call is under way, with which its handshakes would compete: its slot is now held for a second, and they are over
    // by then. And not after a failure: an upstream in trouble is not given more to do.
    spares.order();
  }

  /**
   * Keeps the connection of a call that ran out of time for a while. A question that was sent cannot be taken back, not even by
   * a reset: a peer that was frozen reads it when it thaws. Only its end shows that the peer is through with it.
   */
  function linger(exchanged: Promise<unknown>, end: () => void): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        lingering.delete(finish);
        end();
        resolve();
      };
      const cancel = clock.after(lingerMs, finish);
      lingering.add(finish);
      exchanged.then(finish, finish);
    });
  }

  return {
    send,
    async close() {
      isClosed = true;
      spares.close();
      for (const giveUp of underWay.values())
        giveUp(new UpstreamError('unreachable', 'closed', { delivery: 'unanswered' }));
      for (const finish of lingering) finish();
    },
  };
}

/** How far a call has got. */
interface Call {
  delivery: Delivery;
  /** Whether the answer was read to its end. */
  isRead: boolean;
}

async function exchange(client: Client, request: HttpRequest, call: Call): Promise<HttpReply> {
  const { method, path, headers, body, readBodyOf } = request;
  const reply = await client.request({ method, path, headers, body: body ?? null, reset: true });
  call.delivery = 'answered';
  const isRead = readBodyOf.includes(reply.statusCode);
  // Nobody else listens for how it ends then.
  if (!isRead) reply.body.on('error', () => undefined);
  const bytes = isRead ? await readBody(reply) : new Uint8Array();
  call.isRead = isRead;
  return {
    status: reply.statusCode,
    header(name) {
      const value = reply.headers[name];
      return typeof value === 'string' ? value : null;
    },
    body: bytes,
  };
}

function readBody({ headers, body }: Dispatcher.ResponseData): Promise<Uint8Array> {
  // Read as it is, it would not be JSON; inflated, 64 KB could be gigabytes.
  if (headers['content-encoding'] !== undefined)
    throw new UpstreamError('garbled', 'encoded body', { delivery: 'answered' });
  return body.bytes();
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
  return new UpstreamError('unanswered', codeOf(fault, 'cut short'), { delivery, retryable: true });
}
