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
  /** Called with each connection, and with what is beneath it where TLS is spoken. */
  readonly greet?: (connection: Socket, raw: Socket) => void;
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
  /** How many connections are open. */
  readonly open: number;
  /** Settles when that many connections have been made in all; at once when they have. So do the others. */
  connected(count: number): Promise<void>;
  /** Settles when that many connections are ready to be asked on, where TLS is spoken after its handshake. */
  made(count: number): Promise<void>;
  /** Settles when something has arrived on that many connections. */
  heard(count: number): Promise<void>;
  /** Settles when that many questions have arrived in all. */
  asked(count: number): Promise<void>;
  /** Settles when that many connections have been closed in all. */
  closed(count: number): Promise<void>;
  /** Settles when no connection is open. */
  allClosed(): Promise<void>;
  /** Takes no more connections. */
  refuse(): void;
}

/** A fault server on a free port of this machine, which is closed when the test is over. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { host = '127.0.0.1', tls, greet, answer } = options;
  const server = createServer();
  const received: string[] = [];
  const open = new Set<Socket>();
  const changes = new EventEmitter();
  const ends: End[] = [];
  let made = 0;
  let asked = 0;

  function isMade(): void {
    made += 1;
    changes.emit('change');
  }

  server.on('connection', (raw: Socket) => {
    const connection = tls === undefined ? raw : new TLSSocket(raw, { ...tls, isServer: true });
    const index = received.push('') - 1;
    let end: End = 'own';
    open.add(raw);
    // What is said is there at once, and does not wait until the other side acknowledges what was said before it.
    raw.setNoDelay(true);
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
    greet?.(connection, raw);
    changes.emit('change');
    if (tls === undefined) return isMade();
    // One that is ended in its handshake would wait for the rest of it.
    const endHalfMade = (): void => void raw.destroy();
    connection.once('end', endHalfMade).once('secure', () => {
      connection.off('end', endHalfMade);
      isMade();
    });
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
    get open() {
      return open.size;
    },
    connected: (count) => until(() => received.length >= count),
    made: (count) => until(() => made >= count),
    heard: (count) => until(() => received.filter((bytes) => bytes !== '').length >= count),
    asked: (count) => until(() => asked >= count),
    closed: (count) => until(() => ends.length >= count),
    allClosed: () => until(() => open.size === 0),
    refuse: () => void server.close(),
  };
}

/** A whole answer, after which the connection stays open. */
export function echo(body = '', status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
