import { buildConnector } from 'undici';
import { UpstreamError } from '../errors.js';
import { codeOf } from './error-code.js';

/** Makes connections for undici. */
export interface Connector {
  /** Fails with an `UpstreamError` (`unreachable`), whatever it was that kept the connection from being made. */
  readonly connect: buildConnector.connector;
  /** Gives up what is still being connected: undici itself would leave that to the timeout. */
  close(): void;
}

/** `timeoutMs` is real time: undici keeps it, not the module's clock. */
export function createConnector(timeoutMs: number): Connector {
  const connecting = new Set<AbortController>();

  return {
    connect(target, done) {
      const abort = new AbortController();
      connecting.add(abort);
      // Each its own, because a socket holds on to its signal for as long as that lives.
      const connect = buildConnector({ timeout: timeoutMs, signal: abort.signal, maxCachedSessions: 0 });
      connect(target, (...[error, socket]) => {
        connecting.delete(abort);
        if (error === null) done(null, socket);
        else done(unreachable(error), null);
      });
    },
    close() {
      for (const abort of connecting) abort.abort();
    },
  };
}

function unreachable(cause: Error): UpstreamError {
  return new UpstreamError('unreachable', codeOf(cause, 'no connection'), { delivery: 'unanswered', cause });
}
