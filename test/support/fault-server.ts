import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface FaultServerOptions {
  /** @default a server of bare TCP connections */
  readonly server?: Server;
  /** Called with each connection. */
  readonly greet?: (connection: Socket) => void;
  /** Called when what has arrived ends in an empty line, as the head of a request does; `nth` counts these from 0. */
  readonly answer?: (connection: Socket, nth: number) => void;
}

/** A server that does with its connections what a test says, HTTP or not, and shows what became of them. */
export interface FaultServer {
  readonly port: number;
  /** What arrived on each connection, the oldest first; what arrived in TLS, deciphered. */
  readonly received: readonly string[];
  /** Settles when that many connections have been made in all; at once when they have. So do the others. */
  connected(count: number): Promise<void>;
  /** Settles when that many questions have arrived in all. */
  asked(count: number): Promise<void>;
  /** Settles when that many connections have been closed in all. */
  closed(count: number): Promise<void>;
  /** Settles when no connection is open. */
  allClosed(): Promise<void>;
}

/** A fault server on a free port of this machine, which is closed when the test is over. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { server = createServer(), greet, answer } = options;
  const received: string[] = [];
  const open = new Set<Socket>();
  const changes = new EventEmitter();
  let asked = 0;
  let closed = 0;

  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      open.delete(socket);
      closed += 1;
      changes.emit('change');
    });
  });
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (connection: Socket) => {
    const index = received.push('') - 1;
    connection.on('data', (chunk) => {
      received[index] += chunk.toString('latin1');
      if (!received[index]?.endsWith('\r\n\r\n')) return;
      asked += 1;
      answer?.(connection, asked - 1);
      changes.emit('change');
    });
    greet?.(connection);
    changes.emit('change');
  });
  server.listen(0, '127.0.0.1');
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
    connected: (count) => until(() => received.length >= count),
    asked: (count) => until(() => asked >= count),
    closed: (count) => until(() => closed >= count),
    allClosed: () => until(() => open.size === 0),
  };
}
