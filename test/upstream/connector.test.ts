import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { UpstreamError } from '../../src/errors.js';
import { createConnection } from '../../src/upstream/connector.js';
import { startFaultServer } from '../support/fault-server.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { hasIpv6, nextTurns, openSockets, trustEverybody } from '../support/sockets.js';

const secure = { tls: selfSignedCertificate };
/** A port on which no server of any kind is to be expected. */
const nobodys = 1;

describe('a connection', () => {
  it.each(['127.0.0.1', ...(hasIpv6 ? ['::1', '[::1]'] : [])])('is made to %s', async (hostname) => {
    const server = await startFaultServer({ host: hostname.replace(/[[\]]/g, '') });
    const { made } = connectTo({ hostname, port: server.port });
    const socket = await made;
    socket.write('question');
    await server.heard(1);
    expect(server.received).toEqual(['question']);
  });

  it('is made in TLS where the protocol says so', async () => {
    trustEverybody();
    const server = await startFaultServer(secure);
    const { made } = connectTo({ port: server.port, protocol: 'https:' });
    const socket = await made;
    socket.write('question');
    await server.heard(1);
    expect(socket).toBeInstanceOf(TLSSocket);
    expect(server.received).toEqual(['question']);
  });

  it.each([
    { protocol: 'http:', port: 80 },
    { protocol: 'https:', port: 443 },
  ])('goes to port $port when it is $protocol and nothing else is said', async ({ protocol, port }) => {
    const { made } = connectTo({ port: '', protocol });
    const reached = await made.then(
      ({ remotePort }) => remotePort,
      ({ cause }: UpstreamError) => Reflect.get(Object(cause), 'port'),
    );
    expect(reached).toBe(port);
  });

  it('is unreachable when nobody listens, and says why in its cause', async () => {
    const { made } = connectTo({ port: nobodys });
    expect(factsOf(await refusalOf(made))).toEqual({
      name: 'UpstreamError',
      message: 'unreachable: ECONNREFUSED',
      code: 'UNAVAILABLE',
      fault: 'unreachable',
      delivery: 'unanswered',
      concerns: 'iccid',
      retryable: false,
      retryAfterMs: null,
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });

  it('is unreachable when nobody vouches for the other side', async () => {
    const server = await startFaultServer(secure);
    const { made } = connectTo({ port: server.port, protocol: 'https:' });
    expect(factsOf(await refusalOf(made))).toMatchObject({ fault: 'unreachable', delivery: 'unanswered' });
    expect(server.received.join('')).toBe('');
  });
});

describe('a connection is silent', () => {
  it('from when it was made until the other side says something', async () => {
    expect(createConnection().isSilent()).toBe(false);
    const peers: Socket[] = [];
    const server = await startFaultServer({ greet: (peer) => peers.push(peer) });
    const { connection, made } = connectTo({ port: server.port });
    await made;
    await server.made(1);
    expect([connection.isSilent(), connection.isSilent()]).toEqual([true, true]);
    peers[0]?.write('H');
    expect(connection.isSilent()).toBe(false);
  });

  it('not with what was said and nobody has taken yet', async () => {
    const server = await startFaultServer({ greet: (peer) => peer.write('H') });
    const { connection, made } = connectTo({ port: server.port });
    const socket = await made;
    await once(socket, 'readable');
    expect(socket.readableLength).toBe(1);
    expect(connection.isSilent()).toBe(false);
  });

  it('no more once it is ended', async () => {
    const server = await startFaultServer({});
    const { connection, made } = connectTo({ port: server.port });
    await made;
    connection.reset();
    expect(connection.isSilent()).toBe(false);
  });
});

describe('a reset', () => {
  it('of a connection that was never begun does nothing', () => {
    expect(() => createConnection().reset()).not.toThrow();
  });

  it('of a connection that is being made leaves no socket, and tells nobody', async () => {
    const server = await startFaultServer({});
    await nextTurns();
    const before = openSockets();
    const { connection, done } = connectTo({ port: server.port });
    expect(openSockets()).toBe(before + 1);
    connection.reset();
    await nextTurns();
    await server.allClosed();
    expect(openSockets()).toBe(before);
    expect(done).not.toHaveBeenCalled();
  });

  it.each([
    { name: 'TCP', protocol: 'http:', options: {} },
    { name: 'TLS', protocol: 'https:', options: secure },
  ])('is seen as one by the other side: $name', async ({ protocol, options }) => {
    trustEverybody();
    const server = await startFaultServer(options);
    const { connection, made } = connectTo({ port: server.port, protocol });
    const socket = await made;
    socket.write('question');
    await server.heard(1);
    await nextTurns();
    connection.reset();
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
  });

  it('while TLS is not yet spoken is seen as one by the other side, and tells nobody', async () => {
    const server = await startFaultServer({});
    const { connection, done } = connectTo({ port: server.port, protocol: 'https:' });
    await server.heard(1);
    await nextTurns();
    connection.reset();
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
    expect(done).not.toHaveBeenCalled();
  });

  it('may come twice, and after the end', async () => {
    const server = await startFaultServer({});
    const { connection, made } = connectTo({ port: server.port });
    await made;
    connection.reset();
    connection.reset();
    await server.allClosed();
    await nextTurns();
    expect(() => connection.reset()).not.toThrow();
  });
});

describe('a peer that is frozen while it is given up', () => {
  it('finds a connection over TCP reset when it thaws, and can answer nothing', async () => {
    const { server, accepted } = await startFrozenServer();
    const { connection, made } = connectTo({ port: portOf(server) });
    (await made).write('question');
    const [peer] = await accepted;
    await nextTurns();
    connection.reset();
    await nextTurns();
    const failed = once(peer, 'error');
    peer.write('answer');
    expect(await failed).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  });

  it('finds no question in TLS when it thaws', async () => {
    trustEverybody();
    const { server, accepted } = await startFrozenServer();
    const { connection, made } = connectTo({ port: portOf(server), protocol: 'https:' });
    made.then((socket) => socket.write('question'));
    const [peer] = await accepted;
    await nextTurns();
    connection.reset();
    await nextTurns();

    const heard: unknown[] = [];
    const thawed = new TLSSocket(peer, { ...selfSignedCertificate, isServer: true });
    thawed.on('data', (chunk) => heard.push(chunk));
    thawed.on('secure', () => heard.push('secure'));
    thawed.on('error', () => undefined);
    await once(peer, 'close');
    expect(heard).toEqual([]);
  });
});

interface Target {
  readonly hostname?: string;
  readonly port: number | '';
  readonly protocol?: string;
}

/** Begins to connect; what comes of it is reset when the test is over. */
function connectTo({ hostname = '127.0.0.1', port, protocol = 'http:' }: Target) {
  const connection = createConnection();
  onTestFinished(() => connection.reset());
  const done = vi.fn();
  const made = new Promise<Socket>((resolve, reject) => {
    connection.connect({ hostname, host: hostname, port: String(port), protocol }, (...[error, socket]) => {
      done();
      if (error !== null) return reject(error);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
  return { connection, made, done };
}

/** A server that takes connections and reads nothing of them. */
async function startFrozenServer(): Promise<{ server: Server; accepted: Promise<[Socket]> }> {
  const server = createServer({ pauseOnConnect: true }, (peer) => {
    peer.on('error', () => undefined);
    onTestFinished(() => {
      peer.destroy();
    });
  });
  const accepted = new Promise<[Socket]>((resolve) => {
    server.once('connection', (peer) => resolve([peer]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return { server, accepted };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');
  return address.port;
}
