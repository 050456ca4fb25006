import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startGateway } from './support/start-gateway.js';

// The server's own timeouts go by in real time.
vi.setConfig({ testTimeout: 20_000 });

const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const query = `{ esimUsage(iccid: "${fleetIccids(1)[0]}") { __typename } }`;
const body = JSON.stringify({ query, padding: ' '.repeat(1_000) });
const withLength = `${head}Content-Length: ${body.length}\r\n\r\n`;

function open(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

function send(url: string, bytes: string): Socket {
  const socket = open(url);
  socket.write(bytes);
  return socket;
}

/** Begins with these bytes, and goes on with one more at a time, without coming to the end of them. */
function dribble(url: string, begin: string, more: string): Socket {
  const socket = send(url, begin);
  let at = 0;
  const timer = setInterval(() => socket.write(more[at++ % more.length] ?? ''), 100);
  socket.once('close', () => clearInterval(timer));
  return socket;
}

/** The status line and the body that a connection is told before it is closed, and when that is. */
async function endOf(socket: Socket): Promise<{ told: string; atMs: number }> {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  await once(socket, 'close');
  const [told = '', ...rest] = received.split('\r\n');
  return { told: `${told}: ${rest.at(-1)}`, atMs: performance.now() };
}

it('C16 slow headers, slow bodies and 500 idle connections are told 408 and closed within 6 seconds, and others are served', async () => {
  const { ask, url, simulator } = await startGateway();
  const beganMs = performance.now();
  const connections = [
    ...Array.from({ length: 500 }, () => open(url)),
    send(url, head),
    send(url, withLength + body.slice(0, -1)),
    send(url, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n`),
    dribble(url, `${head}X-Padding: `, 'x'),
    dribble(url, withLength, body.slice(0, 100)),
  ];
  const ends = Promise.all(connections.map(endOf));
  expect(await ask('{ __typename }')).toEqual({ status: 200, body: { data: { __typename: 'Query' } } });
  expect(connections.filter(({ closed }) => closed)).toEqual([]);

  const told = await ends;
  expect(new Set(told.map((end) => end.told))).toEqual(
    new Set([
      'HTTP/1.1 408 Request Timeout: {"errors":[{"message":"The request did not arrive in time.","extensions":{"code":"REQUEST_TIMEOUT"}}]}',
    ]),
  );
  expect(Math.max(...told.map(({ atMs }) => atMs - beganMs))).toBeLessThan(6_000);
  expect(simulator.arrivals).toEqual([]);
});

it('C16 a client that takes none of its answers is dropped when even a slow network would have brought the first', async () => {
  const { url, ended, simulator } = await startGateway();
  const asked = JSON.stringify({
    query:
      'query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ... on EsimUsageProblem { message } } }',
    variables: { iccids: Array(1_000).fill('none') },
  });
  const beganMs = performance.now();
  // Far more than the system keeps for both sides. That it is gone shows when it writes on.
  const requests = `${head}Content-Length: ${asked.length}\r\n\r\n${asked}`.repeat(300);
  await new Promise((resolve) => dribble(url, requests, '\r\n').once('close', resolve));
  expect(performance.now() - beganMs).toBeLessThan(10_000);
  expect(ended.filter(({ status }) => status === null)).not.toEqual([]);
  expect(simulator.arrivals).toEqual([]);
});
