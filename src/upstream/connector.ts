import { connect, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { UpstreamError } from '../errors.js';
import { codeOf } from './error-code.js';

/** One connection, for one call. */
export interface Connection {
  /** Makes it, for undici. Fails with an `UpstreamError` (`unreachable`), whatever kept it from being made. */
  readonly connect: buildConnector.connector;
  /** Whether it was made, so that something may have been sent. */
  isMade(): boolean;
  /**
   * Ends it by a TCP reset, by which the peer learns at once that nobody waits any more. That takes no question back: what has
   * arrived, some systems still let a frozen peer read when it thaws. In TLS nothing is asked before the peer has spoken.
   */
  reset(): void;
}

/** A connection that is not made yet. The timeout is the caller's: nothing here gives up by itself. */
export function createConnection(): Connection {
  const secure = buildConnector({ timeout: 0, maxCachedSessions: 0 });
  let socket: Socket | undefined;
  let isMade = false;

  return {
    connect(target, done) {
      const { hostname, port, protocol } = target;
      const isSecure = protocol === 'https:';
      const raw = connect({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || (isSecure ? 443 : 80),
      });
      socket = raw;
      raw.setNoDelay(true);
      const failed = (cause: Error): void => done(unreachable(cause), null);
      raw.once('error', failed);
      raw.once('connect', () => {
        raw.off('error', failed);
        const made = (socket: Socket): void => {
          isMade = true;
          done(null, socket);
        };
        if (!isSecure) return made(raw);
        secure({ ...target, httpSocket: raw }, (...[error, socket]) =>
          error === null ? made(socket) : done(unreachable(error), null),
        );
      });
    },
    isMade: () => isMade,

    reset() {
      if (socket === undefined || socket.destroyed) return;
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    },
  };
}

function unreachable(cause: Error): UpstreamError {
  return new UpstreamError('unreachable', codeOf(cause, 'no connection'), { delivery: 'unanswered', cause });
}
