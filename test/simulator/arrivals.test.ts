import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getBytes, sendBytes } from '../support/raw-connection.js';
import { authorizedReader, send } from './requests.js';
import { startSimulator } from './start-simulator.js';

const iccid = '8944465400000267221';

describe('arrivals', () => {
  it('are recorded in order with kind, ICCID, headers and the status answered', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    await read(iccid);
    await send(simulator, '/v2/packages', { headers: { 'x-anything': 'Kept' } });
    expect(simulator.arrivals).toMatchObject([
      { kind: 'token', method: 'POST', path: '/v2/token', iccid: null, status: 200 },
      { kind: 'usage', method: 'GET', path: `/v2/sims/${iccid}/usage`, iccid, status: 200 },
      {
        kind: 'other',
        method: 'GET',
        path: '/v2/packages',
        iccid: null,
        status: 404,
        headers: { 'x-anything': 'Kept' },
      },
    ]);
  });

  it('carry the time on the monotonic clock when they arrived', async () => {
    const simulator = await startSimulator();
    const beforeMs = performance.now();
    await send(simulator, '/');
    await send(simulator, '/');
    const times = simulator.arrivals.map(({ atMs }) => atMs);
    const moments = [beforeMs, ...times, performance.now()];
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  });

  it('have no status until they are answered', async () => {
    const simulator = await startSimulator();
    const statuses: (number | null)[] = [];
    simulator.intercept(({ arrival }) => {
      statuses.push(arrival.status);
      return undefined;
    });
    await send(simulator, '/');
    expect([...statuses, simulator.arrivals[0]?.status]).toEqual([null, 404]);
  });

  it.each([
    '/v2/sims/../token',
    '/v2//sims/%zz/usage',
    '/v2/sims/89/usage?x=1',
    '*',
    'http://simulator/v2/token',
  ])('keep the request target %s exactly as it was sent', async (path) => {
    const simulator = await startSimulator();
    await sendBytes(simulator, getBytes(path)).end;
    expect(simulator.arrivals).toMatchObject([{ method: 'GET', path, status: 404 }]);
  });

  it.each([
    {
      title: 'a blank in the target',
      bytes: 'GET /v2/sims/89 44/usage HTTP/1.1\r\n\r\n',
      method: 'GET',
      path: '/v2/sims/89 44/usage',
    },
    { title: 'no HTTP at all', bytes: '\x16\x03\x01\r\n\r\n', method: '', path: '' },
    {
      title: 'a header without a name',
      bytes: 'GET /v2/token HTTP/1.1\r\n: x\r\n\r\n',
      method: 'GET',
      path: '/v2/token',
    },
  ])('include malformed requests: $title', async ({ bytes, method, path }) => {
    const simulator = await startSimulator();
    const connection = sendBytes(simulator, bytes);
    expect(await connection.end).toBe('close');
    expect(connection.chunks.join('')).toMatch(/^HTTP\/1.1 400 /);
    expect(simulator.arrivals).toEqual([
      {
        atMs: expect.any(Number),
        kind: expect.any(String),
        iccid: null,
        method,
        path,
        headers: {},
        status: 400,
      },
    ]);
  });

  it.each([
    { title: 'has no Host', bytes: 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', status: 404 },
    {
      title: 'expects too much',
      bytes: 'GET / HTTP/1.1\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
      status: 404,
    },
    { title: 'wants a tunnel', bytes: 'CONNECT simulator:443 HTTP/1.1\r\n\r\n', status: null },
    {
      title: 'wants another protocol',
      bytes: 'GET / HTTP/1.1\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      status: 404,
    },
  ])('include a request that $title', async ({ bytes, status }) => {
    const simulator = await startSimulator();
    await sendBytes(simulator, bytes).end;
    expect(simulator.arrivals).toMatchObject([{ kind: 'other', status }]);
  });

  it('do not include a connection that is given up before a request came', async () => {
    const simulator = await startSimulator();
    await sendBytes(simulator, '').giveUp();
    await send(simulator, '/');
    expect(simulator.arrivals).toMatchObject([{ path: '/', status: 404 }]);
  });

  it('include a request whose body never came', async () => {
    const simulator = await startSimulator();
    const connection = sendBytes(simulator, 'POST /v2/token HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf');
    while (simulator.arrivals.length === 0) await send(simulator, '/');
    await connection.giveUp();
    await send(simulator, '/');
    expect(simulator.arrivals).toContainEqual(expect.objectContaining({ kind: 'token', status: null }));
  });

  it('have no status when the client left before the answer', async () => {
    const simulator = await startSimulator();
    const connection = sendBytes(simulator, getBytes('/gone'));
    const hookIsDone = new Promise<void>((resolve) => {
      simulator.intercept(async ({ arrival }) => {
        if (arrival.path !== '/gone') return undefined;
        await connection.giveUp();
        await send(simulator, '/');
        resolve();
        return undefined;
      });
    });
    await hookIsDone;
    await send(simulator, '/');
    expect(simulator.arrivals[0]).toMatchObject({ path: '/gone', status: null });
  });

  it('include each of several requests sent at once on one connection, answered in their order', async () => {
    const simulator = await startSimulator({
      intercept: ({ arrival, reply }) => ({
        ...reply,
        body: arrival.path,
        delayMs: arrival.path === '/1' ? 5 : 0,
      }),
    });
    const connection = sendBytes(simulator, `GET /1 HTTP/1.1\r\n\r\n${getBytes('/2')}`);
    expect(await connection.end).toBe('close');
    expect(connection.chunks.join('')).toMatch(/\r\n\r\n\/1HTTP\/1.1 404 .*\r\n\r\n\/2$/s);
    expect(simulator.arrivals).toMatchObject([{ path: '/1' }, { path: '/2' }]);
  });

  it('are recorded whatever bytes stand for the path, and each gets an answer', async () => {
    const simulator = await startSimulator();
    const pathBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) =>
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll(/[\r\n]/g, '/'),
    );
    await fc.assert(
      fc.asyncProperty(pathBytes, async (path) => {
        const earlier = simulator.arrivals.length;
        const connection = sendBytes(simulator, getBytes(`/v2/sims/${path}/usage`));
        expect(await connection.end).toBe('close');
        expect(connection.chunks.join('')).toMatch(/^HTTP\/1.1 4\d\d /);
        expect(simulator.arrivals).toHaveLength(earlier + 1);
      }),
    );
  });

  it('keep the newest when there are too many', async () => {
    const simulator = await startSimulator({ keepArrivals: 3 });
    for (const path of ['/1', '/2', '/3', '/4', '/5']) await send(simulator, path);
    expect(simulator.arrivals).toMatchObject([{ path: '/3' }, { path: '/4' }, { path: '/5' }]);
  });
});
