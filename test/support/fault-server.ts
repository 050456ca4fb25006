import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface FaultServerOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Speaks TLS with these.
   * @default bare TCP
   */
  readonly tls?: SecureContextOptions;
  /** Called with each connection. */
  readonly greet?: (connection: Socket) => void;
  /** Called when what has arrived ends in an empty line, as the head of a request does; `nth` counts these from 0. */
  readonly answer?: (connection: Socket, nth: number) => void;
}

/** By a TCP reset, by the other side in good order, or by this one. */
export type End = 'reset' | 'close' | 'own';

/** A server that does with its connections what a test says, HTTP or not, and shows what became of them. */
export interface FaultServer {
  readonly port: number;
  /** What arrived on each connection, the oldest first; what arrived in TLS, deciphered. */
  readonly received: readonly string[];
  /** How each connection ended that is closed, in the order in which they were. */
  readonly ends: readonly End[];
  /** Settles when that many connections have been made in all; at once when they have. So do the others. */
  connected(count: number): Promise<void>;
  /** Settles when something has arrived on that many connections. */
  heard(count: number): Promise<void>;
  /** Settles when that many questions have arrived in all. */
  asked(count: number): Promise<void>;
  /** Settles when that many connections have been closed in all. */
  closed(count: number): Promise<void>;
  /** Settles when no connection is open. */
  allClosed(): Promise<void>;
}

/** A fault server on a free port of this machine, which is closed when the test is over. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { host = '127.0.0.1', tls, greet, answer } = options;
  const server = createServer();
  const received: string[] = [];
  const open = new Set<Socket>();
  const changes = new EventEmitter();
  const ends: End[] = [];
  let asked = 0;

  server.on('connection', (raw: Socket) => {
    const connection = tls === undefined ? raw : new TLSSocket(raw, { ...tls, isServer: true });
    const index = received.push('') - 1;
    let end: End = 'own';
    open.add(raw);
    for (const socket of [raw, connection]) {
      socket.once('end', () => {
        end = 'close';
      });
      socket.on('error', () => {
        end = 'reset';
      });
    }
    raw.once('close', () => {
      open.delete(raw);
      ends.push(end);
      changes.emit('change');
    });
    connection.on('data', (chunk) => {
      received[index] += chunk.toString('latin1');
      changes.emit('change');
      if (!received[index]?.endsWith('\r\n\r\n')) return;
      asked += 1;
      answer?.(connection, asked - 1);
    });
    greet?.(connection);
    changes.emit('change');
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(changes, 'change');
  }

  return {
    port: address.port,
    received,
    ends,
    connected: (count) => until(() => received.length >= count),
    heard: (count) => until(() => received.filter((bytes) => bytes !== '').length >= count),
    asked: (count) => until(() => asked >= count),
    closed: (count) => until(() => ends.length >= count),
    allClosed: () => until(() => open.size === 0),
  };
}
