import { Client } from 'undici';
import type { Connection } from './connector.js';

/** An undici client, lent for one call. */
export interface LentClient {
  readonly client: Client;
  /** After a call that was answered to its end. */
  giveBack(): void;
  /** Settles with an error what is still under way. */
  destroy(): void;
}

/** Undici's clients. Each makes one call at a time, and each call goes over a connection of its own. */
export interface ClientPool {
  lend(connection: Connection): LentClient;
}

/** As many as may be lent at once in a second. More are made when they are needed, and not kept. */
const mostKept = 5;

/** They are kept because V8 holds on to all that a client had which is not, until the next major collection. */
export function createClientPool(baseUrl: string, maxResponseSize: number): ClientPool {
  const kept: Pooled[] = [];

  return {
    lend(connection) {
      const index = kept.findIndex(({ isConnected }) => !isConnected);
      const [pooled = new Pooled(baseUrl, maxResponseSize, connection)] = kept.splice(
        index,
        index < 0 ? 0 : 1,
      );
      const destroy = (): void => void pooled.client.destroy(() => undefined);
      pooled.connection = connection;
      return {
        client: pooled.client,
        giveBack: () => (kept.length < mostKept ? void kept.push(pooled) : destroy()),
        destroy,
      };
    },
  };
}

class Pooled {
  readonly client: Client;
  /** What the present call goes through, or the one before. */
  connection: Connection;
  /** Whether that has not ended yet: the next call must not take it for its own. */
  isConnected = false;

  constructor(baseUrl: string, maxResponseSize: number, connection: Connection) {
    this.connection = connection;
    this.client = new Client(baseUrl, {
      connect: (target, done) => this.connection.connect(target, done),
      maxResponseSize,
      // One limit on the whole call instead, on a clock that tests can hold.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.client.on('connect', () => {
      this.isConnected = true;
    });
    this.client.on('disconnect', () => {
      this.isConnected = false;
    });
  }
}
