import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connection } from '../../src/upstream/connector.js';
import { createHttp, type Http, type HttpRequest } from '../../src/upstream/http.js';
import { createSpareConnections, type SpareConnections } from '../../src/upstream/spare-connections.js';
import { echo, type FaultServer, startFaultServer } from '../support/fault-server.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { refusalOf } from '../support/refusal.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { nextTurns, openSockets, trustEverybody } from '../support/sockets.js';

const callTimeoutMs = 10_000;
const lingerMs = 20_000;
const spareMs = 30_000;
const mostSpares = 5;

const wires = [
  { name: 'TCP', scheme: 'http', wire: {} },
  { name: 'TLS', scheme: 'https', wire: { tls: selfSignedCertificate } },
] as const;
type Wire = (typeof wires)[number];

/** The other side of a connection. */
interface Peer {
  readonly socket: Socket;
  /** What is beneath it where TLS is spoken. */
  readonly raw: Socket;
  /** Whether it can be asked on. */
  isMade(): boolean;
}

const atOnce: readonly { name: string; happen: (peer: Peer) => void }[] = [
  { name: 'is gone', happen: ({ raw }) => raw.destroy() },
  { name: 'resets it', happen: ({ raw }) => raw.resetAndDestroy() },
  { name: 'says one byte', happen: ({ socket }) => socket.write('H') },
  { name: 'tells it that it took too long', happen: ({ socket }) => socket.write(echo('', '408 No')) },
];
/** Node sends the end of a socket in its next turn only. */
const inTheNextTurn: typeof atOnce = [{ name: 'ends it', happen: ({ socket }) => socket.end() }];
const mishaps = [...inTheNextTurn, ...atOnce];

describe.each(wires)('a spare connection over $name', (wire) => {
  it('is not made before the first call', async () => {
    const { server, clock } = await start(wire);
    await nextTurns();
    expect(server.received).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is not made while a call is under way', async () => {
    const { server, http, clock } = await start(wire, { answer: () => undefined });
    http.send(asking('/')).catch(() => undefined);
    await server.asked(1);
    await nextTurns();
    expect(server.received).toHaveLength(1);
    expect(clock.pending).toBe(1);
  });

  it('is made after a call that was answered, and carries the next question', async () => {
    const { server, ask, spares } = await start(wire);
    expect(await ask('/1')).toBe('/1');
    await spares(1);
    expect(await ask('/2')).toBe('/2');
    await spares(1);
    expect(questionsOf(server)).toEqual([['/1'], ['/2'], []]);
  });

  it.each<{ name: string; answer: (peer: Peer) => void }>([
    { name: 'by a reset', answer: ({ raw }) => raw.resetAndDestroy() },
    { name: 'by its end', answer: ({ socket }) => socket.end() },
    { name: 'with nonsense', answer: ({ socket }) => socket.write('nonsense') },
    { name: 'too late', answer: () => undefined },
  ])('is not made after a call that was answered $name', async ({ answer }) => {
    const { server, http, clock } = await start(wire, { answer });
    const call = refusalOf(http.send(asking('/')));
    await server.asked(1);
    await clock.advance(callTimeoutMs);
    await call;
    await clock.advance(lingerMs);
    await server.allClosed();
    await nextTurns();
    expect(server.received).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('is there for each call of a burst that is no larger than the one before', async () => {
    const { server, burst, spares } = await start(wire);
    await burst(mostSpares);
    await spares(mostSpares);
    await burst(mostSpares);
    await spares(mostSpares);
    expect(questionsOf(server).map((questions) => questions.length)).toEqual([
      ...Array.from({ length: 2 * mostSpares }, () => 1),
      ...Array.from({ length: mostSpares }, () => 0),
    ]);
  });

  it('is one of five, however large the burst', async () => {
    const { server, burst, spares } = await start(wire);
    await burst(3 * mostSpares);
    await spares(mostSpares);
    expect(server.received).toHaveLength(4 * mostSpares);
  });

  it('is given to one call only: another that comes with it makes its own', async () => {
    const { server, ask, spares } = await start(wire);
    await ask('/1');
    await spares(1);
    expect(await Promise.all([ask('/2'), ask('/3')])).toEqual(['/2', '/3']);
    await spares(2);
    expect(questionsOf(server)).toEqual([['/1'], ['/2'], ['/3'], [], []]);
  });

  it('is not for what is better not asked twice', async () => {
    const { server, ask, http, spares } = await start(wire);
    await ask('/1');
    await spares(1);
    await http.send({ ...asking('/2'), method: 'POST', body: '' });
    await spares(2);
    expect(await ask('/3')).toBe('/3');
    expect(questionsOf(server).filter(({ length }) => length > 0)).toEqual([['/1'], ['/2'], ['/3']]);
    expect(questionsOf(server)[1]).not.toEqual(['/2']);
  });

  it('is kept for 30 seconds, ended in good order, and not made anew', async () => {
    const { server, ask, clock, spares } = await start(wire);
    await ask('/');
    await spares(1);
    await clock.advance(spareMs - 1);
    await spares(1);
    await clock.advance(1);
    await server.allClosed();
    await nextTurns();
    expect(server.ends).toEqual(['close', 'close']);
    expect(server.received).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('keeps the process alive only once a call has it', async () => {
    const { server, ask, http, spares } = await start(wire, { answer: answerFirst });
    await nextTurns();
    const before = openSockets();
    await ask('/');
    await spares(1);
    // The server's side of it.
    expect(openSockets()).toBe(before + 1);
    http.send(asking('/')).catch(() => undefined);
    await server.asked(2);
    expect(openSockets()).toBe(before + 2);
  });

  it.each(mishaps)('is dropped when the other side $name, and nobody hears of it', async ({ happen }) => {
    const { server, ask, clock, peer, spares } = await start(wire);
    await ask('/1');
    await spares(1);
    happen(peer(1));
    await server.allClosed();
    await nextTurns();
    expect(server.received).toHaveLength(2);
    expect(clock.pending).toBe(0);
    expect(await ask('/2')).toBe('/2');
    expect(questionsOf(server).slice(0, 3)).toEqual([['/1'], [], ['/2']]);
  });

  it.each(atOnce)('carries no question when the other side $name a moment before', async ({ happen }) => {
    const { server, ask, peer, spares } = await start(wire);
    await ask('/1');
    await spares(1);
    const reply = await duringAPoll(server.port, () => {
      happen(peer(1));
      return ask('/2');
    });
    expect(reply).toBe('/2');
    expect(questionsOf(server)[1]).toEqual([]);
  });

  it('that is reset when it is asked is a call without an answer, which may be tried again', async () => {
    const { server, ask, http, spares } = await start(wire, {
      answer: (peer, nth) => (nth === 0 ? peer.socket.write(echo('/1')) : peer.raw.resetAndDestroy()),
    });
    await ask('/1');
    await spares(1);
    expect(await refusalOf(http.send(asking('/2')))).toMatchObject({
      name: 'UpstreamError',
      fault: 'unanswered',
      delivery: 'unanswered',
      retryable: true,
    });
    expect(questionsOf(server)).toEqual([['/1'], ['/2']]);
  });

  it('on which a call runs out of time lingers as any other does', async () => {
    const { server, ask, http, clock, spares } = await start(wire, { answer: answerFirst });
    await ask('/1');
    await spares(1);
    const call = refusalOf(http.send(asking('/2')));
    await server.asked(2);
    await clock.advance(callTimeoutMs);
    expect(await call).toMatchObject({ name: 'StragglingError', withinMs: lingerMs });
    await clock.advance(lingerMs - 1);
    await nextTurns();
    expect(server.open).toBe(1);
    await clock.advance(1);
    await server.allClosed();
    expect(server.ends).toEqual(['close', 'reset']);
    expect(clock.pending).toBe(0);
  });

  it('that is ended while it is being made is nobody’s concern', async () => {
    const { server, ask, clock } = await start(wire, {
      greet: ({ raw }, nth) => nth === 1 && raw.destroy(),
    });
    await ask('/1');
    await server.closed(2);
    await nextTurns();
    expect(clock.pending).toBe(0);
    expect(await ask('/2')).toBe('/2');
    expect(questionsOf(server).slice(0, 3)).toEqual([['/1'], [], ['/2']]);
  });

  it('that is refused is nobody’s concern, and the next call finds that out by itself', async () => {
    const { server, ask, http, clock } = await start(wire, {
      answer({ socket }) {
        server.refuse();
        socket.write(echo('/1'));
      },
    });
    await ask('/1');
    await server.allClosed();
    await nextTurns();
    expect(clock.pending).toBe(0);
    expect(await refusalOf(http.send(asking('/2')))).toMatchObject({ message: 'unreachable: ECONNREFUSED' });
  });

  it('ends with the way to the upstream', async () => {
    const { server, burst, http, clock, spares } = await start(wire);
    await nextTurns();
    const before = openSockets();
    await burst(mostSpares);
    await spares(mostSpares);
    await http.close();
    await server.allClosed();
    await nextTurns();
    expect(openSockets()).toBe(before);
    expect(clock.pending).toBe(0);
  });

  it('U33 gives no call what somebody repeats on every connection that is open', async () => {
    const { server, peers, ask, spares } = await start(wire, {
      answer({ socket }, nth) {
        repeat('/0');
        socket.write(echo(`/${nth}`));
      },
    });
    /** On those that carry no question now. */
    function repeat(reply: string): void {
      for (const [index, { socket }] of peers.entries())
        if (!socket.destroyed && server.received[index] === '') socket.write(echo(reply));
    }
    expect(await ask('/0')).toBe('/0');
    await spares(1);
    repeat('/0');
    expect(await ask('/1')).toBe('/1');
    await spares(1);
    expect(await Promise.all([ask('/2'), ask('/3')])).toEqual(['/2', '/3']);
  });
});

it('U33 connections carry one question each, and no answer but its own, whatever happens to spare ones', async () => {
  const step = fc.record({
    calls: fc.integer({ min: 0, max: 7 }),
    mishap: fc.constantFrom(undefined, undefined, ...mishaps),
    struck: fc.nat({ max: mostSpares }),
    settles: fc.boolean(),
    passedMs: fc.constantFrom(0, 1_000, 12_000, spareMs),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...wires),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      async (wire, steps) => {
        const { server, peers, ask, http, clock } = await start(wire);
        const unasked = (): Peer[] =>
          peers.filter(({ raw }, index) => !raw.destroyed && server.received[index] === '');
        // What is said in its handshake comes after that, which may be after the question.
        const struckOf = (count: number): Peer[] =>
          unasked()
            .filter(({ isMade }) => isMade())
            .slice(0, count);
        let asked = 0;
        for (const { calls, mishap, struck, settles, passedMs } of steps) {
          for (const each of struckOf(struck)) mishap?.happen(each);
          if (mishap !== undefined && inTheNextTurn.includes(mishap)) await nextTurns();
          const paths = Array.from({ length: calls }, (_, index) => `/${asked + index}`);
          asked += calls;
          expect(await Promise.all(paths.map(ask))).toEqual(paths);
          await clock.advance(passedMs);
          if (settles) await nextTurns();
          expect(unasked().length).toBeLessThanOrEqual(mostSpares);
        }
        await http.close();
        await server.allClosed();
        expect(clock.pending).toBe(0);
        const questions = questionsOf(server);
        expect(questions.filter(({ length }) => length > 1)).toEqual([]);
        expect(questions.flat()).toHaveLength(asked);
      },
    ),
    { numRuns: 15 },
  );
});

describe.each(wires)('spare connections over $name', (wire) => {
  it('give the newest away first, so that the others may grow too old', async () => {
    const { server, spares, clock, order } = await open(wire);
    await order();
    await clock.advance(spareMs / 2);
    await order();
    const { made } = connectTo(spares.next(), server.port, wire);
    (await made).write('question');
    await server.heard(1);
    expect(server.received).toEqual(['', 'question']);
    await clock.advance(spareMs / 2);
    await server.closed(1);
    expect(server.open).toBe(1);
  });

  it('leave nothing of theirs on the socket', async () => {
    const { server, spares, order } = await open(wire);
    const fresh = await connectTo(spares.next(), server.port, wire).made;
    await order();
    const spare = await connectTo(spares.next(), server.port, wire).made;
    await nextTurns();
    expect(server.received).toHaveLength(2);
    expect(listenersOf(spare)).toEqual(listenersOf(fresh));
    expect(spare.readableFlowing).toBe(fresh.readableFlowing);
  });

  it('stay where they are when a call is given up before it was asked', async () => {
    const { server, spares, order } = await open(wire);
    await order();
    const { connection } = connectTo(spares.next(), server.port, wire);
    connection.reset();
    await nextTurns();
    (await connectTo(spares.next(), server.port, wire).made).write('question');
    await server.heard(1);
    expect(server.received).toEqual(['question']);
  });

  it('are reset as any other is, after they were given away', async () => {
    const { server, spares, order } = await open(wire);
    await order();
    const { connection, made } = connectTo(spares.next(), server.port, wire);
    (await made).write('question');
    await server.heard(1);
    expect(connection.isMade()).toBe(true);
    connection.reset();
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
  });

  it('are not ordered any more after the end', async () => {
    const { server, spares, clock } = await open(wire);
    spares.close();
    spares.order();
    await nextTurns();
    expect(server.received).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('spare connections whose TLS is not yet spoken', () => {
  const frozen = { ...wires[1], wire: {} };

  it.each<{ name: string; end: (spares: SpareConnections, clock: ManualClock) => void }>([
    { name: 'at the end', end: (spares) => spares.close() },
    { name: 'when they are too old', end: (_, clock) => void clock.advance(spareMs) },
  ])('are reset $name', async ({ end }) => {
    const { server, spares, clock } = await open(frozen);
    spares.order();
    await server.heard(1);
    await nextTurns();
    end(spares, clock);
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
    expect(clock.pending).toBe(0);
  });

  it('do not keep the process alive, and nobody waits for them', async () => {
    const { server, spares } = await open(frozen);
    await nextTurns();
    const before = openSockets();
    spares.order();
    await server.heard(1);
    await nextTurns();
    expect(openSockets()).toBe(before + 1);
    connectTo(spares.next(), server.port, frozen);
    await server.heard(2);
  });
});

it('a session ticket that comes after the handshake is nothing that the other side says', async () => {
  const [, wire] = wires;
  const { server, spares, order } = await open(wire);
  await order();
  const socket = await connectTo(spares.next(), server.port, wire).made;
  expect(server.received).toHaveLength(1);
  expect(socket instanceof TLSSocket && socket.getTLSTicket()).toBeInstanceOf(Buffer);
});

interface Rig {
  readonly server: FaultServer;
  /** The other sides of all connections, the oldest first. */
  readonly peers: readonly Peer[];
  readonly http: Http;
  readonly clock: ManualClock;
  peer(index: number): Peer;
  /** The answer to a question for that path. */
  ask(path: string): Promise<string>;
  /** That many calls at once. */
  burst(count: number): Promise<void>;
  /** Waits until no other connections are open than that many, which nothing was asked on. */
  spares(count: number): Promise<void>;
}

interface RigOptions {
  readonly greet?: (peer: Peer, nth: number) => void;
  /** @default answers each question with its path */
  readonly answer?: (peer: Peer, nth: number) => void;
}

/** A way to a server; both are closed when the test is over. */
async function start(
  { scheme, wire }: Pick<Wire, 'scheme' | 'wire'>,
  options: RigOptions = {},
): Promise<Rig> {
  trustEverybody();
  const peers: Peer[] = [];
  const peer = (index: number): Peer => peers[index] ?? never();
  const server = await startFaultServer({
    ...wire,
    greet(socket, raw) {
      let isMade = !(socket instanceof TLSSocket);
      socket.once('secure', () => {
        isMade = true;
      });
      const other = { socket, raw, isMade: () => isMade };
      const nth = peers.push(other) - 1;
      options.greet?.(other, nth);
    },
    answer(socket, nth) {
      const index = peers.findIndex((each) => each.socket === socket);
      if (options.answer === undefined) socket.write(echo(pathsIn(server.received[index])[0]));
      else options.answer(peer(index), nth);
    },
  });
  const clock = createManualClock();
  const http = createHttp({ baseUrl: `${scheme}://127.0.0.1:${server.port}`, callTimeoutMs, clock });
  onTestFinished(() => http.close());

  async function ask(path: string): Promise<string> {
    const { status, body } = await http.send(asking(path));
    expect(status).toBe(200);
    return Buffer.from(body).toString('latin1');
  }

  return {
    server,
    peers,
    http,
    clock,
    peer,
    ask,
    async burst(count) {
      await Promise.all(Array.from({ length: count }, (_, index) => ask(`/${index}`)));
    },
    async spares(count) {
      const asked = questionsOf(server).flat().length;
      await server.closed(asked);
      await server.made(asked + count);
      await nextTurns();
      expect(server.open).toBe(count);
    },
  };
}

/** Spare connections by themselves, in front of a server. */
async function open({ scheme, wire }: { readonly scheme: string; readonly wire: Wire['wire'] }) {
  trustEverybody();
  const server = await startFaultServer(wire);
  const clock = createManualClock();
  const spares = createSpareConnections({ baseUrl: `${scheme}://127.0.0.1:${server.port}`, clock });
  onTestFinished(() => spares.close());
  return {
    server,
    clock,
    spares,
    /** Orders one, and waits until it is ready. */
    async order() {
      const before = server.received.length;
      spares.order();
      await server.made(before + 1);
      await nextTurns();
    },
  };
}

/** Makes the connection of a call; it is reset when the test is over. */
function connectTo(connection: Connection, port: number, { scheme }: { readonly scheme: string }) {
  onTestFinished(() => connection.reset());
  const made = new Promise<Socket>((resolve, reject) => {
    const target = { hostname: '127.0.0.1', host: '127.0.0.1', port: String(port), protocol: `${scheme}:` };
    connection.connect(target, (...[error, socket]) => {
      if (error !== null) return reject(error);
      resolve(socket);
    });
  });
  return { connection, made };
}

/** Runs something out of the loop's look at its sockets, so that what happens on them meanwhile shows at the next. */
function duringAPoll<T>(port: number, run: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const visitor = connect(port, '127.0.0.1', () => {
      visitor.destroy();
      run().then(resolve, reject);
    });
  });
}

function listenersOf(socket: Socket): Readonly<Record<string, number>> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));
}

function answerFirst({ socket }: Peer, nth: number): void {
  if (nth === 0) socket.write(echo(''));
}

function asking(path: string): HttpRequest {
  return { method: 'GET', path, headers: {}, readBodyOf: [200] };
}

/** The paths of the questions that arrived, by connection. */
function questionsOf({ received }: FaultServer): string[][] {
  return received.map(pathsIn);
}

function pathsIn(received = ''): string[] {
  return [...received.matchAll(/^(?:GET|POST) (\S+) HTTP\/1\.1\r$/gm)].map(([, path = '']) => path);
}

function never(): never {
  throw new Error('expected another connection');
}
