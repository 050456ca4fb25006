import { readSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { UpstreamError } from '../errors.js';
import { codeOf } from './error-code.js';

/** What a peer said unasked, which nobody looks at. */
const unread = new Uint8Array(1);
/** Makes TLS out of TCP. It keeps no sessions. */
const secure = buildConnector({ timeout: 0, maxCachedSessions: 0 });

/** One connection, for one call. */
export interface Connection {
  /** Makes it, for undici. Fails with an `UpstreamError` (`unreachable`), whatever kept it from being made. */
  readonly connect: buildConnector.connector;
  /** Whether it was made, so that something may have been sent. */
  isMade(): boolean;
  /**
   * Ends it by a TCP reset, by which the peer learns at once that nobody waits any more. That takes no question back: what has
   * arrived, some systems still let a frozen peer read when it thaws. In TLS nothing is asked before the peer has spoken, but of a
   * connection that was made ahead of its question it may have done so long before.
   */
  reset(): void;
}

/** One that may be made ahead of its call. */
export interface OwnConnection extends Connection {
  /**
   * Whether nothing has come from the peer that nobody has read, neither bytes nor the end, by this very moment. If not, the connection is of no
   * use any more. No system but Unix tells; elsewhere it is false.
   */
  isSilent(): boolean;
}

/**
 * A connection that is not made yet. The timeout is the caller's: nothing here gives up by itself. A process that has nothing else
 * to do does not wait for an `idle` one, once the peer has accepted it.
 */
export function createConnection(importance?: 'idle'): OwnConnection {
  let socket: Socket | undefined;
  let isMade = false;

  return {
    connect(target, done) {
      const { port, protocol } = target;
      const hostname = target.hostname.replace(/^\[|\]$/g, '');
      const isSecure = protocol === 'https:';
      const raw = connect(optionsOf(hostname, Number(port) || (isSecure ? 443 : 80)));
      socket = raw;
      raw.setNoDelay(true);
      const failed = (cause: Error): void => done(unreachable(cause), null);
      raw.once('error', failed);
      raw.once('connect', () => {
        raw.off('error', failed);
        if (importance === 'idle') raw.unref();
        const made = (socket: Socket): void => {
          isMade = true;
          done(null, socket);
        };
        if (!isSecure) return made(raw);
        secure({ ...target, hostname, httpSocket: raw }, (...[error, socket]) =>
          error === null ? made(socket) : done(unreachable(error), null),
        );
      });
    },
    isMade: () => isMade,
    isSilent: () => socket !== undefined && isSilent(socket),

    reset() {
      if (socket === undefined || socket.destroyed) return;
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    },
  };
}

/** Reads, without waiting, what the event loop has not come to yet. */
function isSilent(socket: Socket): boolean {
  // Node documents no way to the descriptor of a socket. There is none on Windows, nor of one that has been closed.
  const descriptor: unknown = Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd');
  if (typeof descriptor !== 'number' || descriptor < 0 || socket.readableLength > 0) return false;
  try {
    readSync(descriptor, unread);
    return false;
  } catch (error) {
    return codeOf(error, '') === 'EAGAIN';
  }
}

/**
 * With all that Node adds to what it is given: for each object that is spread and then added to, V8 makes hidden classes that stay
 * until the next major collection.
 */
function optionsOf(host: string, port: number) {
  return { host, port, allowHalfOpen: false, emitClose: false, autoDestroy: true, decodeStrings: false };
}

function unreachable(cause: Error): UpstreamError {
  return new UpstreamError('unreachable', codeOf(cause, 'no connection'), { delivery: 'unanswered', cause });
}
