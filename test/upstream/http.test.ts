import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createSimulator, type Intercept, type Simulator } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createHttp,
  type Http,
  type HttpOptions,
  type HttpReply,
  type HttpRequest,
} from '../../src/upstream/http.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { faults } from '../support/faults.js';
import { createLatch } from '../support/latch.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';

const callTimeoutMs = 10_000;
const maxBodyBytes = 64 * 1024;

describe('a call', () => {
  it('sends a question as it is given, and nothing more', async () => {
    const { http, simulator } = await start();
    await http.send({ method: 'GET', path: '/a/path', headers: { accept: 'text/x', authorization: 'Some' } });
    expect(simulator.arrivals).toEqual([
      {
        kind: 'other',
        iccid: null,
        method: 'GET',
        path: '/a/path',
        headers: {
          host: simulator.url.slice('http://'.length),
          connection: 'close',
          accept: 'text/x',
          authorization: 'Some',
        },
        atMs: expect.any(Number),
        status: 404,
      },
    ]);
  });

  it('sends a body with its length', async () => {
    const bodies: string[] = [];
    const { http, simulator } = await start(({ body }) => {
      bodies.push(body);
      return undefined;
    });
    await http.send({ method: 'POST', path: '/', headers: { 'content-type': 'text/x' }, body: 'ä=b' });
    expect(bodies).toEqual(['ä=b']);
    expect(simulator.arrivals.map(({ method, headers }) => ({ method, headers }))).toEqual([
      {
        method: 'POST',
        headers: {
          host: simulator.url.slice('http://'.length),
          connection: 'close',
          'content-type': 'text/x',
          'content-length': '4',
        },
      },
    ]);
  });

  it.each([200, 201, 301, 400, 401, 404, 422, 429, 500, 502, 503])(
    'answers whatever was answered: %d',
    async (status) => {
      const body = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00]);
      const { http } = await start(() => ({ kind: 'whole', status, headers: {}, body }));
      expect(await http.send(question)).toEqual({ status, retryAfter: null, body: new Uint8Array(body) });
    },
  );

  it('answers without a body what has none', async () => {
    const { http } = await start(() => ({ kind: 'raw', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' }));
    expect(await http.send(question)).toEqual({ status: 204, retryAfter: null, body: new Uint8Array() });
  });

  it.each(['30', 'soon', '', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'hands on Retry-After as it came: %j',
    async (retryAfter) => {
      const { http } = await start(({ reply }) => ({ ...reply, headers: { 'Retry-After': retryAfter } }));
      expect(await http.send(question)).toMatchObject({ retryAfter });
    },
  );

  it('believes neither of two Retry-After', async () => {
    const bytes = 'HTTP/1.1 429 No\r\nRetry-After: 1\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n';
    const { http } = await start(() => ({ kind: 'raw', bytes }));
    expect(await http.send(question)).toEqual({ status: 429, retryAfter: null, body: new Uint8Array() });
  });

  it('leaves no timer behind, whether it is answered or fails', async () => {
    const { http, simulator, clock } = await start();
    await http.send(question);
    simulator.intercept(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'reset' }));
    await refusalOf(http.send(question));
    expect(clock.pending).toBe(0);
  });
});

describe('an answer that cannot be read', () => {
  it.each(faults)(
    'is told apart, and nothing of it is repeated: $name',
    async ({ bend, fault, delivery }) => {
      const { http } = await start(bend);
      const refusal = factsOf(await refusalOf(http.send(question)));
      expect(refusal).toEqual({
        name: 'UpstreamError',
        message: expect.stringMatching(/^[a-z]+: ([A-Z_]+|[a-zA-Z ]+)$/),
        code: 'UNAVAILABLE',
        fault,
        delivery,
        retryAfterMs: null,
        cause: undefined,
      });
    },
  );

  it('leaves the way open for the next call', async () => {
    const { http, simulator } = await start(undefined, { connections: 1 });
    for (const { bend } of faults) {
      simulator.intercept(bend);
      await refusalOf(http.send(question));
      simulator.intercept(undefined);
      expect(await http.send(question)).toMatchObject({ status: 404 });
    }
  });
});

describe('a connection that cannot be made', () => {
  it('U5 is unreachable when it is refused', async () => {
    const { http, simulator } = await start();
    await simulator.close();
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(
      unreachable('ECONNREFUSED', expect.objectContaining({ code: 'ECONNREFUSED' })),
    );
  });

  it('U5 is unreachable when there is no such host', async () => {
    const { http } = open('http://nowhere.invalid');
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable());
  });

  it('U5 is unreachable when the other side does not speak TLS', async () => {
    const simulator = await startSimulator();
    const { http } = open(simulator.url.replace('http:', 'https:'));
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable());
  });

  it('U5 is unreachable when no way of speaking TLS is shared', async () => {
    const server = await startFaultServer({ server: createTlsServer() });
    const { http } = open(`https://127.0.0.1:${server.port}`);
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable());
  });

  it.each<{ end: string; greet: (connection: Socket) => void }>([
    { end: 'reset', greet: (connection) => connection.once('data', () => connection.resetAndDestroy()) },
    { end: 'ended', greet: (connection) => connection.once('data', () => connection.end()) },
  ])('U5 is unreachable when it is $end before TLS is spoken', async ({ greet }) => {
    const server = await startFaultServer({ greet });
    const { http } = open(`https://127.0.0.1:${server.port}`);
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable('ECONNRESET'));
  });

  it('U5 is unreachable when nobody vouches for the other side, which is told nothing', async () => {
    const server = await startFaultServer({ server: createTlsServer(selfSignedCertificate) });
    const { http } = open(`https://127.0.0.1:${server.port}`);
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable());
    await server.closed(1);
    expect(server.received.join('')).toBe('');
  });

  it('is given up for good by the time that the call may take', async () => {
    const server = await startFaultServer({});
    const { http } = open(`https://127.0.0.1:${server.port}`, { callTimeoutMs: 20 });
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable('UND_ERR_CONNECT_TIMEOUT'));
    await server.allClosed();
  });

  it('ends at the time limit when TLS is never spoken', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`https://127.0.0.1:${server.port}`);
    const call = refusalOf(http.send(question));
    await server.connected(1);
    await clock.advance(callTimeoutMs);
    expect(factsOf(await call)).toEqual(outOfTime('unanswered'));
  });
});

describe('the time limit', () => {
  it('U1 leaves alone what is slow, but within it', async () => {
    const { http, clock, simulator } = await start();
    const arrived = createLatch();
    const released = createLatch();
    simulator.intercept(() => {
      arrived.open();
      return released.opened;
    });
    const call = http.send(question);
    await arrived.opened;
    await clock.advance(callTimeoutMs - 1);
    released.open();
    expect(await call).toMatchObject({ status: 404 });
  });

  it('ends a call without headers, and no sooner', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const call = watched(http.send(question));
    await server.asked(1);
    await clock.advance(callTimeoutMs - 1);
    expect(call.isSettled()).toBe(false);
    await clock.advance(1);
    expect(factsOf(await refusalOf(call.promise))).toEqual(outOfTime('unanswered'));
    await server.closed(1);
  });

  it.each(['', '{"data":'])('ends a call that hangs in its body, after %j', async (begun) => {
    const server = await startFaultServer({
      answer: (connection) => connection.write(`HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${begun}`),
    });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const headers = nextHeaders();
    const call = watched(http.send(question));
    await headers;
    await clock.advance(callTimeoutMs - 1);
    expect(call.isSettled()).toBe(false);
    await clock.advance(1);
    expect(factsOf(await refusalOf(call.promise))).toEqual(outOfTime('answered'));
    await server.closed(1);
  });

  it('ends a call whose body trickles in', async () => {
    const server = await startFaultServer({
      answer(connection) {
        connection.write('HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n');
        const trickle = setInterval(() => connection.write(' '), 1);
        connection.once('close', () => clearInterval(trickle));
      },
    });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const headers = nextHeaders();
    const call = refusalOf(http.send(question));
    await headers;
    await clock.advance(callTimeoutMs);
    expect(factsOf(await call)).toEqual(outOfTime('answered'));
    await server.closed(1);
  });

  it('ends a call that waits for a connection, which is then never sent', async () => {
    const server = await startFaultServer({ answer: answerFromTheSecondOn });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    const calls = ['/hangs', '/waits'].map((path) => refusalOf(http.send({ ...question, path })));
    await server.asked(1);
    await clock.advance(callTimeoutMs);
    expect((await Promise.all(calls)).map(factsOf)).toEqual([
      outOfTime('unanswered'),
      outOfTime('unanswered'),
    ]);
    await http.send({ ...question, path: '/next' });
    expect(questionsOf(server)).toEqual([['/hangs'], ['/next']]);
  });
});

describe('a body', () => {
  it('U15 of 64 KB is read, and one byte more is not', async () => {
    const { http, simulator } = await start(({ reply }) => ({ ...reply, body: ' '.repeat(maxBodyBytes) }));
    expect((await http.send(question)).body.byteLength).toBe(maxBodyBytes);
    simulator.intercept(({ reply }) => ({ ...reply, body: ' '.repeat(maxBodyBytes + 1) }));
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(garbled('body too large'));
  });

  it.each(['chunked', 'announced', 'neither'] as const)(
    'U15 without an end is cut off at once, and its connection is closed: %s',
    async (framing) => {
      const chunk = ' '.repeat(1024);
      const framings = {
        chunked: { header: 'Transfer-Encoding: chunked\r\n', chunk: `400\r\n${chunk}\r\n` },
        announced: { header: 'Content-Length: 1000000000000\r\n', chunk },
        neither: { header: '', chunk },
      };
      const server = await startFaultServer({
        answer(connection) {
          connection.write(`HTTP/1.1 200 OK\r\n${framings[framing].header}\r\n`);
          const pour = (): void => {
            while (!connection.destroyed && connection.write(framings[framing].chunk));
          };
          connection.on('drain', pour);
          pour();
        },
      });
      const { http } = open(`http://127.0.0.1:${server.port}`);
      expect(factsOf(await refusalOf(http.send(question)))).toEqual(garbled('body too large'));
      await server.closed(1);
    },
  );

  it.each(['gzip', 'br', 'deflate', 'zstd', 'identity', 'GZIP', 'gzip, gzip', ''])(
    'U16 with the content encoding %j is refused by its header, and its connection closed',
    async (encoding) => {
      const server = await startFaultServer({
        answer: (connection) =>
          connection.write(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: 9\r\n\r\n`),
      });
      const { http, clock } = open(`http://127.0.0.1:${server.port}`);
      expect(factsOf(await refusalOf(http.send(question)))).toEqual(garbled('encoded body'));
      await server.closed(1);
      expect(clock.pending).toBe(0);
    },
  );
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('is not followed: %d', async (status) => {
    const elsewhere = await startFaultServer({});
    const headers = { Location: `http://127.0.0.1:${elsewhere.port}/` };
    const { http, simulator } = await start(() => ({ kind: 'whole', status, headers, body: '' }));
    expect(await http.send(question)).toEqual({ status, retryAfter: null, body: new Uint8Array() });
    expect(simulator.arrivals.length).toBe(1);
    expect(elsewhere.received).toEqual([]);
  });
});

describe('what is not HTTP', () => {
  it.each([
    { name: 'a banner', bytes: 'SSH-2.0-server\r\n', message: 'protocol: not HTTP' },
    { name: 'HTTP/0.9', bytes: '{"data":[]}', message: 'protocol: not HTTP' },
    { name: 'a status that is none', bytes: 'HTTP/1.1 abc OK\r\n\r\n', message: 'protocol: not HTTP' },
    {
      name: 'headers without an end',
      bytes: `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(17 * 1024)}`,
      message: 'protocol: headers too large',
    },
  ])('U18 is refused, and its connection closed: $name', async ({ bytes, message }) => {
    const server = await startFaultServer({ answer: (connection) => connection.write(bytes) });
    const { http } = open(`http://127.0.0.1:${server.port}`);
    expect(factsOf(await refusalOf(http.send(question)))).toEqual({
      ...garbled(''),
      message,
      fault: 'protocol',
      delivery: 'unanswered',
    });
    await server.closed(1);
  });
});

it.each([
  { name: 'two lengths', headers: 'Content-Length: 1\r\nContent-Length: 2' },
  { name: 'a length and chunks', headers: 'Content-Length: 2\r\nTransfer-Encoding: chunked' },
])('an answer with $name is not believed, and its connection closed', async ({ headers }) => {
  const server = await startFaultServer({
    answer: (connection) => connection.write(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n{}`),
  });
  const { http } = open(`http://127.0.0.1:${server.port}`);
  expect(await refusalOf(http.send(question))).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unanswered' });
  await server.closed(1);
});

describe('connections', () => {
  const one = '/v2/sims/894000000000001/usage';
  const other = '/v2/sims/894000000000002/usage';
  const ask = (path: string): HttpRequest => ({ ...question, path });

  it('U33 carry one question each, so that an answer repeated to the next one is nobody’s', async () => {
    const used = new Set<Socket>();
    const server = await startFaultServer({
      answer(connection, nth) {
        connection.write(used.has(connection) ? echo(one) : echo([one, other][nth]));
        used.add(connection);
      },
    });
    const { http } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    expect([await http.send(ask(one)), await http.send(ask(other))].map(bodyOf)).toEqual([one, other]);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 carry no question before the last one is answered to its end', async () => {
    const held = createLatch();
    const server = await startFaultServer({
      async answer(connection, nth) {
        const reply = echo(nth === 0 ? one : other);
        connection.write(reply.slice(0, -1));
        if (nth === 0) await held.opened;
        connection.write(reply.slice(-1));
      },
    });
    const url = `http://127.0.0.1:${server.port}`;
    const { http } = open(url, { connections: 1 });
    const headers = nextHeaders();
    const replies = Promise.all([http.send(ask(one)), http.send(ask(other))]);
    await headers;
    // Had the second been sent too, it would be here before what is asked later by another way.
    const another = open(url, { connections: 1 });
    await another.http.send(question);
    await another.http.send(question);
    expect(questionsOf(server)[0]).toEqual([one]);
    held.open();
    expect((await replies).map(bodyOf)).toEqual([one, other]);
    expect(questionsOf(server)[0]).toEqual([one]);
  });

  it('are no more than allowed', async () => {
    const release = createLatch();
    let underWay = 0;
    let mostUnderWay = 0;
    const server = await startFaultServer({
      async answer(connection) {
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        await release.opened;
        underWay -= 1;
        connection.write(echo('all'));
      },
    });
    const { http } = open(`http://127.0.0.1:${server.port}`, { connections: 2 });
    const calls = Array.from({ length: 10 }, () => http.send(question));
    await server.asked(2);
    release.open();
    await Promise.all(calls);
    expect(mostUnderWay).toBe(2);
    expect(questionsOf(server)).toHaveLength(10);
  });

  it('U33 are not used again after a call ran out of time, however late its answer comes', async () => {
    const late: Socket[] = [];
    const server = await startFaultServer({
      answer(connection, nth) {
        if (nth === 0) {
          late.push(connection);
          return;
        }
        for (const each of late) each.write(echo(one));
        connection.write(echo(other));
      },
    });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    const first = refusalOf(http.send(ask(one)));
    await server.asked(1);
    await clock.advance(callTimeoutMs);
    await first;
    expect(bodyOf(await http.send(ask(other)))).toBe(other);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 are not used again after an answer that could not be parsed', async () => {
    const server = await startFaultServer({
      answer: (connection, nth) => connection.write(nth === 0 ? 'nonsense' : echo(other)),
    });
    const { http } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    await refusalOf(http.send(ask(one)));
    expect(bodyOf(await http.send(ask(other)))).toBe(other);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 are not used again after an answer came twice', async () => {
    const server = await startFaultServer({
      answer: (connection, nth) => connection.write(nth === 0 ? echo(one) + echo(one) : echo(other)),
    });
    const { http } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    expect(bodyOf(await http.send(ask(one)))).toBe(one);
    expect(bodyOf(await http.send(ask(other)))).toBe(other);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 are not used again after an answer came again unasked', async () => {
    const connections: Socket[] = [];
    const server = await startFaultServer({
      answer(connection, nth) {
        connections.push(connection);
        connection.write(echo([one, other][nth]));
      },
    });
    const { http } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
    await http.send(ask(one));
    for (const each of connections) each.write(echo(one));
    await server.closed(1);
    expect(bodyOf(await http.send(ask(other)))).toBe(other);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 never give one question the answer of another, whatever goes wrong on them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mishap, { minLength: 2, maxLength: 8 }), async (mishaps) => {
        const late: (() => void)[] = [];
        const server = await startFaultServer({
          answer(connection, nth) {
            for (const send of late) send();
            const reply = echo(`/${nth}`);
            if (mishaps[nth] === 'late') late.push(() => connection.write(reply));
            else connection.write(mangled(reply, mishaps[nth]));
          },
        });
        const { http, clock } = open(`http://127.0.0.1:${server.port}`, { connections: 1 });
        for (const [nth, what] of mishaps.entries()) {
          const call = http.send(ask(`/${nth}`)).then(bodyOf, () => 'failed');
          await server.asked(nth + 1);
          if (what === 'late') await clock.advance(callTimeoutMs);
          expect(await call).toBe(what === 'late' || what === 'nonsense' ? 'failed' : `/${nth}`);
        }
        await http.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('close', () => {
  it('ends the calls under way and leaves no connection and no timer', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`http://127.0.0.1:${server.port}`, { connections: 2 });
    const calls = [1, 2, 3].map(() => refusalOf(http.send(question)));
    await server.connected(2);
    await http.close();
    expect((await Promise.all(calls)).map(factsOf)).toEqual(
      calls.map(() => ({ ...outOfTime('unanswered'), message: 'unanswered: UND_ERR_DESTROYED' })),
    );
    await server.allClosed();
    expect(clock.pending).toBe(0);
  });

  it('leaves no connection of the calls before it', async () => {
    const server = await startFaultServer({ answer: (connection) => connection.write(echo('')) });
    const { http } = open(`http://127.0.0.1:${server.port}`);
    await http.send(question);
    await http.close();
    await server.allClosed();
    expect(server.received.length).toBe(1);
  });

  it('ends connections that are still being made', async () => {
    const server = await startFaultServer({});
    const { http } = open(`https://127.0.0.1:${server.port}`);
    const call = refusalOf(http.send(question));
    await server.connected(1);
    await http.close();
    expect(await call).toMatchObject({ fault: 'unanswered', delivery: 'unanswered' });
    await server.allClosed();
  });

  it('ends for good, and may be called again', async () => {
    const { http, simulator, clock } = await start();
    await http.close();
    await http.close();
    expect(await refusalOf(http.send(question))).toMatchObject({ fault: 'unanswered' });
    expect(simulator.arrivals).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

const question: HttpRequest = { method: 'GET', path: '/', headers: {} };

async function startSimulator(intercept?: Intercept): Promise<Simulator> {
  const simulator = await createSimulator({ latencyMs: 0, intercept });
  onTestFinished(() => simulator.close());
  return simulator;
}

interface Open {
  readonly http: Http;
  readonly clock: ManualClock;
}

/** The way to a server, closed when the test is over. */
function open(baseUrl: string, options: Partial<HttpOptions> = {}): Open {
  const clock = createManualClock();
  const http = createHttp({ baseUrl, callTimeoutMs, connections: 5, clock, ...options });
  onTestFinished(() => http.close());
  return { http, clock };
}

/** The way to a simulator whose answers are bent. */
async function start(
  intercept?: Intercept,
  options: Partial<HttpOptions> = {},
): Promise<Open & { readonly simulator: Simulator }> {
  const simulator = await startSimulator(intercept);
  return { simulator, ...open(simulator.url, options) };
}

function answerFromTheSecondOn(connection: Socket, nth: number): void {
  if (nth > 0) connection.write(echo(''));
}

/** A whole answer with that body, after which the connection stays open. */
function echo(body = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** What can go wrong with an answer on a connection that stays open. */
type Mishap = 'none' | 'twice' | 'too long' | 'nonsense' | 'late';
const mishap = fc.constantFrom<Mishap>('none', 'none', 'twice', 'too long', 'nonsense', 'late');

function mangled(reply: string, what: Mishap = 'none'): string {
  if (what === 'twice') return reply + reply;
  if (what === 'too long') return `${reply} and more`;
  return what === 'nonsense' ? 'nonsense' : reply;
}

function bodyOf({ body }: HttpReply): string {
  return Buffer.from(body).toString('latin1');
}

/** The paths of the questions that arrived, by connection, without those on which none did. */
function questionsOf({ received }: FaultServer): string[][] {
  return received.map(pathsIn).filter((paths) => paths.length > 0);
}

/** The paths of the questions in what arrived on a connection. */
function pathsIn(received: string): string[] {
  return [...received.matchAll(/^GET (\S+) HTTP\/1\.1\r$/gm)].map(([, path = '']) => path);
}

/** Settles when the headers of an answer have been taken in on this side. */
async function nextHeaders(): Promise<void> {
  const headers = channel('undici:request:headers');
  const seen = createLatch();
  headers.subscribe(seen.open);
  await seen.opened;
  headers.unsubscribe(seen.open);
}

function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; isSettled(): boolean } {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  return { promise, isSettled: () => settled };
}

function unreachable(code?: string, cause: unknown = expect.any(Error)): Readonly<Record<string, unknown>> {
  return {
    name: 'UpstreamError',
    // OpenSSL names the same fault differently from version to version.
    message:
      code === undefined ? expect.stringMatching(/^unreachable: [A-Z0-9_/]+$/) : `unreachable: ${code}`,
    code: 'UNAVAILABLE',
    fault: 'unreachable',
    delivery: 'unanswered',
    retryAfterMs: null,
    cause,
  };
}

function outOfTime(delivery: 'answered' | 'unanswered'): Readonly<Record<string, unknown>> {
  return { ...garbled(''), message: 'unanswered: out of time', fault: 'unanswered', delivery };
}

function garbled(detail: string): Readonly<Record<string, unknown>> {
  return {
    name: 'UpstreamError',
    message: `garbled: ${detail}`,
    code: 'UNAVAILABLE',
    fault: 'garbled',
    delivery: 'answered',
    retryAfterMs: null,
    cause: undefined,
  };
}
