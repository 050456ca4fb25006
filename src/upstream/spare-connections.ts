import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { type Connection, createConnection, type OwnConnection } from './connector.js';

export interface SpareConnectionsOptions {
  /** Scheme, host and port of the upstream. */
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** Connections that are made before they are needed, TLS and all. On none of them was anything ever asked. */
export interface SpareConnections {
  /** The connection of one call: a spare one if there is one when it is to be made, else a new one. */
  next(): Connection;
  /** Makes one more, unless there are enough. Nobody is told when it cannot be made: the next call finds that out by itself. */
  order(): void;
  /** Ends them all. No more are made. */
  close(): void;
}

/** As many as may be sent in a second, so that a burst finds what the one before it left. */
const mostSpares = 5;
/** How old one may grow. Servers and balancers close what is silent for a minute. */
const spareMs = 30_000;
/** The other side has ended it, or has spoken unasked, which in HTTP nobody does: it is not what it was taken for. */
const faultEvents = ['readable', 'error', 'close'] as const;

interface Spare {
  readonly connection: OwnConnection;
  /** Null while it is being made. */
  socket: Socket | null;
  /** No more one of them. */
  leave(): void;
  end(): void;
}

/** Holds none until the first is ordered. One that has ended is not made anew by itself: an idle gateway opens no connections. */
export function createSpareConnections({ baseUrl, clock }: SpareConnectionsOptions): SpareConnections {
  const { protocol, host, hostname, port } = new URL(baseUrl);
  const target = { protocol, host, hostname, port };
  /** The newest last. */
  const spares: Spare[] = [];
  let isClosed = false;

  /**
   * Gives one away, if there is one on which the other side has said nothing: of those the newest, which it will end last. Those that nobody
   * needs grow old so, and no more remain than are used at once.
   */
  function take(): { readonly connection: Connection; readonly socket: Socket } | null {
    for (const { connection, socket, leave, end } of spares.toReversed()) {
      if (socket === null) continue;
      if (!connection.isSilent()) {
        end();
        continue;
      }
      leave();
      // Nothing of ours is left on it.
      for (const event of faultEvents) socket.off(event, end);
      socket.ref();
      return { connection, socket };
    }
    return null;
  }

  return {
    next() {
      let current: Connection = createConnection();
      let isGivenUp = false;
      return {
        connect(target, done) {
          if (spares.length === 0) return current.connect(target, done);
          // Undici sends nothing for a connection that is made while it still asks for it.
          queueMicrotask(() => {
            if (isGivenUp) return;
            const spare = take();
            if (spare === null) return current.connect(target, done);
            current = spare.connection;
            done(null, spare.socket);
          });
        },
        isMade: () => current.isMade(),
        reset() {
          isGivenUp = true;
          current.reset();
        },
      };
    },

    order() {
      if (isClosed || spares.length >= mostSpares) return;
      const connection = createConnection('idle');
      const leave = (): void => {
        cancelEnd();
        const index = spares.indexOf(spare);
        if (index !== -1) spares.splice(index, 1);
      };
      const end = (): void => {
        leave();
        if (spare.socket === null) connection.reset();
        else spare.socket.destroy();
      };
      const cancelEnd = clock.after(spareMs, end, 'idle');
      const spare: Spare = { connection, socket: null, leave, end };
      spares.push(spare);
      connection.connect(target, (...[error, socket]) => {
        if (error !== null) return end();
        spare.socket = socket;
        for (const event of faultEvents) socket.on(event, end);
      });
    },

    close() {
      isClosed = true;
      for (const { end } of [...spares]) end();
    },
  };
}
