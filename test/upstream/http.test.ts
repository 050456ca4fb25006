import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { createSimulator, type Intercept, type Simulator } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Delivery, StragglingError } from '../../src/errors.js';
import {
  createHttp,
  type Http,
  type HttpOptions,
  type HttpReply,
  type HttpRequest,
} from '../../src/upstream/http.js';
import { echo, type FaultServer, startFaultServer } from '../support/fault-server.js';
import { faults } from '../support/faults.js';
import { createLatch } from '../support/latch.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import { selfSignedCertificate } from '../support/self-signed-certificate.js';
import { hasIpv6, nextTurns, openSockets, trustEverybody } from '../support/sockets.js';

const callTimeoutMs = 10_000;
const lingerMs = 20_000;
const maxBodyBytes = 64 * 1024;

describe('a call', () => {
  it('sends a question as it is given, and nothing more', async () => {
    const { http, simulator } = await start();
    const headers = { accept: 'text/x', authorization: 'Some' };
    await http.send({ method: 'GET', path: '/a/path', headers, readBodyOf: [] });
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
    const headers = { 'content-type': 'text/x' };
    await http.send({ method: 'POST', path: '/', headers, body: 'ä=b', readBodyOf: [] });
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
    'answers whatever was answered, byte by byte: %d',
    async (status) => {
      const body = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00]);
      const { http } = await start(() => ({ kind: 'whole', status, headers: {}, body }));
      const reply = await http.send({ ...question, readBodyOf: [status] });
      expect(reply).toMatchObject({ status, body: new Uint8Array(body) });
    },
  );

  it.each([200, 204, 304, 404, 422])('does not read a body that does not matter: %d', async (status) => {
    const { http } = await start(({ reply }) => ({ ...reply, status }));
    const reply = await http.send({ ...question, readBodyOf: [201] });
    expect(reply).toMatchObject({ status, body: new Uint8Array() });
  });

  it('answers without a body what has none', async () => {
    const { http } = await start(() => ({ kind: 'raw', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' }));
    const reply = await http.send({ ...question, readBodyOf: [204] });
    expect(reply).toMatchObject({ status: 204, body: new Uint8Array() });
  });

  it.each(['30', 'soon', '', 'Wed, 21 Oct 2026 07:28:00 GMT', '1, 2'])(
    'hands on a header as it came: %j',
    async (retryAfter) => {
      const { http } = await start(({ reply }) => ({ ...reply, headers: { 'Retry-After': retryAfter } }));
      expect((await http.send(question)).header('retry-after')).toBe(retryAfter);
    },
  );

  it.each(['x-none', 'constructor', '__proto__'])('knows no header that did not come: %s', async (name) => {
    const { http } = await start();
    expect((await http.send(question)).header(name)).toBe(null);
  });

  it('believes neither of two headers of one name', async () => {
    const bytes = 'HTTP/1.1 429 No\r\nRetry-After: 1\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n';
    const { http } = await start(() => ({ kind: 'raw', bytes }));
    expect((await http.send(question)).header('retry-after')).toBe(null);
  });

  it('leaves no timer of its own behind, whether it is answered or fails', async () => {
    const { http, simulator, clock } = await start();
    await http.send(question);
    simulator.intercept(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'reset' }));
    await refusalOf(http.send(question));
    await http.close();
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
        concerns: 'iccid',
        retryable: fault === 'unanswered',
        cause: undefined,
      });
    },
  );

  it('leaves the way open for the next call', async () => {
    const { http, simulator } = await start();
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
    const server = await startFaultServer({ tls: {} });
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
    const server = await startFaultServer({ tls: selfSignedCertificate });
    const { http } = open(`https://127.0.0.1:${server.port}`);
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(unreachable());
    await server.closed(1);
    expect(server.received.join('')).toBe('');
  });

  it('ends at the time limit when TLS is never spoken', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`https://127.0.0.1:${server.port}`);
    const call = refusalOf(http.send(question));
    await server.heard(1);
    await nextTurns();
    await clock.advance(callTimeoutMs);
    expect(factsOf(await call)).toEqual(outOfTime('unanswered'));
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
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
    expect(factsOf(await refusalOf(call.promise))).toEqual(straggling);
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

  it('is a call’s own, however many are under way', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const first = watched(http.send(question));
    await server.asked(1);
    await clock.advance(callTimeoutMs / 2);
    const second = watched(http.send(question));
    await server.asked(2);
    await clock.advance(callTimeoutMs / 2);
    expect(factsOf(await refusalOf(first.promise))).toEqual(straggling);
    expect(second.isSettled()).toBe(false);
    await clock.advance(callTimeoutMs / 2);
    expect(factsOf(await refusalOf(second.promise))).toEqual(straggling);
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

describe('a body that does not matter', () => {
  const statuses = [401, 403, 404, 429, 502];
  const bodies: { name: string; head: string; body: string }[] = [
    { name: 'compressed', head: 'Content-Encoding: gzip\r\nContent-Length: 9', body: 'no gzip' },
    { name: 'oversized', head: 'Content-Length: 70000', body: ' '.repeat(70_000) },
    {
      name: 'endless',
      head: 'Transfer-Encoding: chunked',
      body: `400\r\n${' '.repeat(1024)}\r\n`.repeat(100),
    },
    { name: 'hanging', head: 'Content-Length: 5', body: '{' },
    { name: 'hanging from its beginning', head: 'Content-Length: 5', body: '' },
    { name: 'broken', head: 'Transfer-Encoding: chunked', body: 'no chunk\r\n' },
  ];
  const cases = statuses.flatMap((status) => bodies.map((body) => ({ status, ...body })));

  it.each(cases)(
    'is not waited for: $status with a body that is $name is told by its status at once',
    async ({ status, head, body }) => {
      const server = await startFaultServer({
        answer: (connection) => connection.write(`HTTP/1.1 ${status} No\r\n${head}\r\n\r\n${body}`),
      });
      const { http, clock } = open(`http://127.0.0.1:${server.port}`);
      const reply = await http.send({ ...question, readBodyOf: [200, 422] });
      expect(reply).toMatchObject({ status, body: new Uint8Array() });
      await server.closed(1);
      await http.close();
      expect(clock.pending).toBe(0);
    },
  );

  it.each([404, 429, 502])('may break off without any harm: %d', async (status) => {
    const server = await startFaultServer({
      answer(connection) {
        connection.write(`HTTP/1.1 ${status} No\r\nContent-Length: 9\r\n\r\n{`, () =>
          connection.resetAndDestroy(),
        );
      },
    });
    const { http } = open(`http://127.0.0.1:${server.port}`);
    expect(await http.send({ ...question, readBodyOf: [200] })).toMatchObject({ status });
    await server.closed(1);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('is not followed: %d', async (status) => {
    const elsewhere = await startFaultServer({});
    const headers = { Location: `http://127.0.0.1:${elsewhere.port}/` };
    const { http, simulator } = await start(() => ({ kind: 'whole', status, headers, body: '' }));
    expect(await http.send(question)).toMatchObject({ status, body: new Uint8Array() });
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

describe('the end of a connection', () => {
  const secure = { tls: selfSignedCertificate };

  it.each([
    { name: 'TCP', scheme: 'http', options: {} },
    { name: 'TLS', scheme: 'https', options: secure },
  ])('is in good order after a whole answer: $name', async ({ scheme, options }) => {
    trustEverybody();
    const server = await startFaultServer({ ...options, answer: (to) => to.write(echo('body')) });
    const { http } = open(`${scheme}://127.0.0.1:${server.port}`);
    expect(bodyOf(await http.send(question))).toBe('body');
    await server.closed(1);
    expect(server.ends).toEqual(['close']);
  });

  it.each([
    { name: 'TCP', scheme: 'http', options: {} },
    { name: 'TLS', scheme: 'https', options: secure },
  ])('is a reset some time after a call ran out of it: $name', async ({ scheme, options }) => {
    trustEverybody();
    const server = await startFaultServer(options);
    const { http, clock } = open(`${scheme}://127.0.0.1:${server.port}`);
    const { ended } = await outOfTimeAfter(http, clock, server);
    await clock.advance(lingerMs - 1);
    expect(ended.isSettled()).toBe(false);
    expect(server.ends).toEqual([]);
    await clock.advance(1);
    await ended.promise;
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
    expect(clock.pending).toBe(0);
  });

  it.each([
    { name: 'the answer comes', react: (to: Socket) => to.write(echo('late')) },
    { name: 'the other side closes it', react: (to: Socket) => to.end() },
    { name: 'the other side resets it', react: (to: Socket) => to.resetAndDestroy() },
  ])('of a call that ran out of time shows when $name', async ({ react }) => {
    const connections: Socket[] = [];
    const server = await startFaultServer({ answer: (connection) => connections.push(connection) });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const { ended } = await outOfTimeAfter(http, clock, server);
    expect(ended.isSettled()).toBe(false);
    for (const connection of connections) react(connection);
    await ended.promise;
    await server.allClosed();
    expect(clock.pending).toBe(0);
  });

  it('of a call that ran out of time does not outlast the way to the upstream', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const { ended } = await outOfTimeAfter(http, clock, server);
    await http.close();
    await ended.promise;
    await server.allClosed();
    expect(clock.pending).toBe(0);
  });

  it.each([
    { name: 'a body that hangs', reply: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{' },
    {
      name: 'an encoded body',
      reply: 'HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 9\r\n\r\n',
    },
  ])('is a reset after $name', async ({ reply }) => {
    const server = await startFaultServer({ answer: (connection) => connection.write(reply) });
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const headers = nextHeaders();
    const call = refusalOf(http.send(question));
    await headers;
    await clock.advance(callTimeoutMs);
    await call;
    await server.allClosed();
    expect(server.ends).toEqual(['reset']);
  });

  it('leaves no socket of a connection that was still being made', async () => {
    const server = await startFaultServer({});
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    await nextTurns();
    const before = openSockets();
    const call = refusalOf(http.send(question));
    expect(openSockets()).toBeGreaterThan(before);
    await http.close();
    expect(factsOf(await call)).toEqual(closed('unanswered'));
    await nextTurns();
    await server.allClosed();
    expect(server.received.join('')).toBe('');
    expect(openSockets()).toBe(before);
    expect(clock.pending).toBe(0);
  });

  it('leaves nothing but spare ones behind, however many calls there were and however they ended', async () => {
    const { http, simulator, clock } = await start();
    await nextTurns();
    const before = openSockets();
    for (let round = 0; round < 5; round += 1) {
      for (const { bend } of faults) {
        simulator.intercept(bend);
        await refusalOf(http.send(question));
      }
      simulator.intercept(undefined);
      await Promise.all(Array.from({ length: 20 }, () => http.send(question)));
    }
    await nextTurns();
    // Of a spare one only the other side's end counts.
    expect(openSockets()).toBe(before + 5);
    expect(clock.pending).toBe(5);
    await http.close();
    await nextTurns();
    expect(openSockets()).toBe(before);
    expect(clock.pending).toBe(0);
  });
});

it.runIf(hasIpv6)('reaches an upstream whose address is one of IPv6', async () => {
  const server = await startFaultServer({
    host: '::1',
    answer: (connection) => connection.write(echo('six')),
  });
  const { http } = open(`http://[::1]:${server.port}`);
  expect(bodyOf(await http.send(question))).toBe('six');
  expect(server.received.join('')).toContain(`host: [::1]:${server.port}\r\n`);
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
    const { http } = open(`http://127.0.0.1:${server.port}`);
    expect([await http.send(ask(one)), await http.send(ask(other))].map(bodyOf)).toEqual([one, other]);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 carry one question each, however many are asked at once', async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const server = await startFaultServer({
      answer(connection) {
        // Held until the last has come.
        waiting.push(connection);
        if (waiting.length < paths.length) return;
        for (const [index, each] of waiting.entries()) each.write(echo(pathsIn(server.received[index])[0]));
      },
    });
    const waiting: Socket[] = [];
    const { http } = open(`http://127.0.0.1:${server.port}`);
    const replies = await Promise.all(paths.map((path) => http.send(ask(path))));
    expect(replies.map(bodyOf)).toEqual(paths);
    expect(questionsOf(server).flat().sort()).toEqual([...paths].sort());
    expect(questionsOf(server)).toHaveLength(paths.length);
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
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
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
    const { http } = open(`http://127.0.0.1:${server.port}`);
    await refusalOf(http.send(ask(one)));
    expect(bodyOf(await http.send(ask(other)))).toBe(other);
    expect(questionsOf(server)).toEqual([[one], [other]]);
  });

  it('U33 are not used again after an answer came twice', async () => {
    const server = await startFaultServer({
      answer: (connection, nth) => connection.write(nth === 0 ? echo(one) + echo(one) : echo(other)),
    });
    const { http } = open(`http://127.0.0.1:${server.port}`);
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
    const { http } = open(`http://127.0.0.1:${server.port}`);
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
        const { http, clock } = open(`http://127.0.0.1:${server.port}`);
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
    const { http, clock } = open(`http://127.0.0.1:${server.port}`);
    const calls = [1, 2, 3].map(() => refusalOf(http.send(question)));
    await server.asked(3);
    await http.close();
    expect((await Promise.all(calls)).map(factsOf)).toEqual(calls.map(() => closed('unanswered')));
    await server.allClosed();
    expect(server.ends).toEqual(['reset', 'reset', 'reset']);
    expect(clock.pending).toBe(0);
  });

  it('ends a call whose body is on its way', async () => {
    const server = await startFaultServer({
      answer: (connection) => connection.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    });
    const { http } = open(`http://127.0.0.1:${server.port}`);
    const headers = nextHeaders();
    const call = refusalOf(http.send(question));
    await headers;
    await http.close();
    expect(factsOf(await call)).toEqual(closed('unanswered'));
    await server.allClosed();
  });

  it('leaves no connection of the calls before it', async () => {
    const server = await startFaultServer({ answer: (connection) => connection.write(echo('')) });
    const { http } = open(`http://127.0.0.1:${server.port}`);
    await http.send(question);
    await server.made(2);
    await http.close();
    await server.allClosed();
    expect(questionsOf(server)).toEqual([['/']]);
  });

  it('ends connections that are still being made', async () => {
    const server = await startFaultServer({});
    const { http } = open(`https://127.0.0.1:${server.port}`);
    const call = refusalOf(http.send(question));
    await server.connected(1);
    await http.close();
    expect(factsOf(await call)).toEqual(closed('unanswered'));
    await server.allClosed();
  });

  it('is for good, and may be called again: later calls are refused unsent', async () => {
    const { http, simulator, clock } = await start();
    await http.close();
    await http.close();
    expect(factsOf(await refusalOf(http.send(question)))).toEqual(closed('unsent'));
    expect(simulator.arrivals).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

const question: HttpRequest = { method: 'GET', path: '/', headers: {}, readBodyOf: [200, 404] };

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
  const http = createHttp({ baseUrl, callTimeoutMs, clock, ...options });
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
function pathsIn(received = ''): string[] {
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
    ...garbled(''),
    // OpenSSL names the same fault differently from version to version.
    message:
      code === undefined ? expect.stringMatching(/^unreachable: [A-Z0-9_/]+$/) : `unreachable: ${code}`,
    fault: 'unreachable',
    delivery: 'unanswered',
    cause,
  };
}

function outOfTime(delivery: Delivery): Readonly<Record<string, unknown>> {
  return { ...garbled(''), message: 'unanswered: out of time', fault: 'unanswered', delivery };
}

/** Out of time, and the upstream may yet read the question. */
const straggling = {
  ...outOfTime('unanswered'),
  name: 'StragglingError',
  retryAfterMs: lingerMs,
  withinMs: lingerMs,
  ended: expect.any(Promise),
};

/** Sends a question that is not answered in time, and shows when its connection has ended. */
async function outOfTimeAfter(
  http: Http,
  clock: ManualClock,
  server: FaultServer,
): Promise<{ readonly ended: ReturnType<typeof watched<void>> }> {
  const call = refusalOf(http.send(question));
  await server.asked(1);
  await nextTurns();
  await clock.advance(callTimeoutMs);
  const error = await call;
  expect(factsOf(error)).toEqual(straggling);
  if (!(error instanceof StragglingError)) throw error;
  return { ended: watched(error.ended) };
}

function closed(delivery: Delivery): Readonly<Record<string, unknown>> {
  return { ...garbled(''), message: 'unreachable: closed', fault: 'unreachable', delivery };
}

function garbled(detail: string): Readonly<Record<string, unknown>> {
  return {
    name: 'UpstreamError',
    message: `garbled: ${detail}`,
    code: 'UNAVAILABLE',
    fault: 'garbled',
    delivery: 'answered',
    retryAfterMs: null,
    concerns: 'iccid',
    retryable: false,
    cause: undefined,
  };
}
