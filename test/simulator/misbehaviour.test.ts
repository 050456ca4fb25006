import { describe, expect, it } from 'vitest';
import type { BrokenReply, Exchange, Reply } from '../../src/simulator/simulator.js';
import { getBytes, sendBytes } from '../support/raw-connection.js';
import { send } from './requests.js';
import { startSimulator } from './start-simulator.js';

const halfBody = '{"data":[],"meta":{"message":"';
const body = '{"data":[],"meta":{"message":"messages.resource_not_found"}}';
const onlyHead = /^HTTP\/1.1 404 .*\r\ncontent-length: 60\r\n.*\r\n\r\n$/s;
const headAndHalf = /\r\ncontent-length: 60\r\n.*\r\n\r\n\{"data":\[\],"meta":\{"message":"$/s;

describe('misbehaviour', () => {
  it.each<Pick<BrokenReply, 'after' | 'end'> & { received: RegExp; status: number | null }>([
    { after: 'nothing', end: 'reset', received: /^$/, status: null },
    { after: 'nothing', end: 'close', received: /^$/, status: null },
    { after: 'head', end: 'reset', received: onlyHead, status: 404 },
    { after: 'head', end: 'close', received: onlyHead, status: 404 },
    { after: 'half', end: 'reset', received: headAndHalf, status: 404 },
    { after: 'half', end: 'close', received: headAndHalf, status: 404 },
  ])('is to send $after of an answer, then $end', async ({ after, end, received, status }) => {
    const simulator = await startSimulator({
      intercept: ({ reply }) => ({ ...reply, kind: 'broken', after, end }),
    });
    const connection = sendBytes(simulator, getBytes('/'));
    expect(await connection.end).toBe(end);
    const text = connection.chunks.join('');
    expect(text).toMatch(received);
    expect(simulator.arrivals).toMatchObject([{ status }]);
  });

  it.each<{ after: BrokenReply['after']; last: string }>([
    { after: 'nothing', last: '' },
    { after: 'head', last: '\r\n\r\n' },
    { after: 'half', last: halfBody },
  ])('is to send $after of an answer, then hang', async ({ after, last }) => {
    const simulator = await startSimulator({
      intercept: ({ arrival, reply }) =>
        arrival.path === '/hang' ? { ...reply, kind: 'broken', after, end: 'hang' } : undefined,
    });
    const connection = sendBytes(simulator, getBytes('/hang'));
    await connection.endsWith(last);
    const receivedSoFar = connection.chunks.join('');
    // Had it sent more or ended, that would be here before the answers to requests made later.
    await send(simulator, '/');
    await send(simulator, '/');
    expect(connection.chunks.join('')).toBe(receivedSoFar);
    expect(connection.isOpen()).toBe(true);
    expect(simulator.arrivals).toContainEqual(
      expect.objectContaining({ path: '/hang', status: after === 'nothing' ? null : 404 }),
    );
  });

  it('is to send the head at once and the body not before its first byte is due', async () => {
    const simulator = await startSimulator({
      intercept: ({ reply }) => ({ ...reply, kind: 'trickled', everyMs: 3_600_000 }),
    });
    const connection = sendBytes(simulator, getBytes('/'));
    await connection.endsWith('\r\n\r\n');
    expect(connection.chunks.join('')).toMatch(onlyHead);
  });

  it('is to send a body byte by byte, each later than the one before', async () => {
    const everyMs = 10;
    const simulator = await startSimulator({
      intercept: ({ reply }) => ({ ...reply, kind: 'trickled', body: 'slow', everyMs }),
    });
    const startedAtMs = performance.now();
    const connection = sendBytes(simulator, getBytes('/'));
    expect(await connection.end).toBe('close');
    expect(connection.chunks.join('')).toMatch(/^HTTP\/1.1 404 .*\r\n\r\nslow$/s);
    // A bound from below: a busy machine makes it more. Each timer can be early by a part of a millisecond.
    expect(performance.now() - startedAtMs).toBeGreaterThan('slow'.length * (everyMs - 1));
  });

  it('is to send what is not HTTP', async () => {
    const simulator = await startSimulator({
      intercept: () => ({ kind: 'raw', bytes: 'SSH-2.0-simulator\r\n' }),
    });
    const connection = sendBytes(simulator, getBytes('/'));
    expect(await connection.end).toBe('close');
    expect(connection.chunks.join('')).toBe('SSH-2.0-simulator\r\n');
    expect(simulator.arrivals).toMatchObject([{ status: null }]);
  });

  it('is to send any status, headers and body', async () => {
    const reply: Reply = {
      kind: 'whole',
      status: 502,
      headers: { 'content-type': 'text/html', 'retry-after': 'soon' },
      body: Buffer.from('<h1>Bad Gateway</h1>'),
    };
    const simulator = await startSimulator({ intercept: () => reply });
    const { status, headers, body: html } = await send(simulator, '/');
    expect({
      status,
      html,
      retryAfter: headers.get('retry-after'),
      length: headers.get('content-length'),
    }).toEqual({
      status: 502,
      html: '<h1>Bad Gateway</h1>',
      retryAfter: 'soon',
      length: '20',
    });
  });

  it('is to claim a length that the body does not have', async () => {
    const simulator = await startSimulator({
      intercept: () => ({ kind: 'whole', status: 200, headers: { 'Content-Length': '1000' }, body: 'short' }),
    });
    const connection = sendBytes(simulator, getBytes('/'));
    expect(await connection.end).toBe('close');
    expect(connection.chunks.join('')).toMatch(/content-length: 1000\r\n.*\r\n\r\nshort$/is);
  });
});

describe('intercept', () => {
  it('sees what arrived and what is about to be sent, and may leave it', async () => {
    const seen: Exchange[] = [];
    const simulator = await startSimulator({
      intercept: (exchange) => {
        seen.push(exchange);
        return undefined;
      },
    });
    await send(simulator, '/anything', { method: 'POST', body: 'sent' });
    expect(seen).toEqual([
      {
        arrival: simulator.arrivals[0],
        body: 'sent',
        reply: { kind: 'whole', status: 404, headers: { 'Content-Type': 'application/json' }, body },
      },
    ]);
  });

  it('can be set and removed while the simulator runs, and can take its time', async () => {
    const simulator = await startSimulator();
    simulator.intercept(async ({ reply }) => ({ ...reply, status: 503 }));
    expect(await send(simulator, '/')).toMatchObject({ status: 503 });
    simulator.intercept(undefined);
    expect(await send(simulator, '/')).toMatchObject({ status: 404 });
  });
});
