import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSimulator, type SimulatorOptions } from '../../src/simulator/simulator.js';
import { getBytes, sendBytes } from '../support/raw-connection.js';
import { send } from './requests.js';
import { startSimulator } from './start-simulator.js';

describe('simulator', () => {
  it('listens on any free port of the loopback unless told otherwise', async () => {
    const [first, second] = [await startSimulator(), await startSimulator()];
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(second.url).not.toBe(first.url);
  });

  it('listens on IPv6', async () => {
    const simulator = await startSimulator({ host: '::1' });
    expect(simulator.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await send(simulator, '/')).toMatchObject({ status: 404 });
  });

  it('rejects when its port is taken', async () => {
    const { url } = await startSimulator();
    await expect(createSimulator({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('answers when the latency, counted from the arrival, is over', async () => {
    const simulator = await startSimulator({ latencyMs: 30 });
    await send(simulator, '/');
    const [arrival] = simulator.arrivals;
    // A timer may be up to a millisecond early.
    expect(performance.now() - (arrival?.atMs ?? 0)).toBeGreaterThanOrEqual(29);
  });

  it('asks a latency function once per answer, and not for one that has a delay of its own', async () => {
    let asked = 0;
    const latencyMs = () => {
      asked += 1;
      return 0;
    };
    const simulator = await startSimulator({ latencyMs });
    await send(simulator, '/');
    await send(simulator, '/');
    expect(asked).toBe(2);
    simulator.intercept(({ reply }) => ({ ...reply, delayMs: 0 }));
    await send(simulator, '/');
    expect(asked).toBe(2);
  });

  it.each<{ options: SimulatorOptions; message: string }>([
    { options: { port: 65_536 }, message: 'port: expected a whole number from 0 to 65535, got 65536' },
    {
      options: { latencyMs: -1 },
      message: 'latencyMs: expected a whole number from 0 to 2147483647, got -1',
    },
    {
      options: { limits: { companyRequests: 0 } },
      message: 'companyRequests: expected a whole number from 1 to Infinity, got 0',
    },
    {
      options: { limits: { iccidWindowMs: Number.NaN } },
      message: 'iccidWindowMs: expected a whole number from 1 to 2147483647, got NaN',
    },
    {
      options: { tokenLifetimeSeconds: 0.5 },
      message: 'tokenLifetimeSeconds: expected a whole number from 1 to 9007199254740991, got 0.5',
    },
    {
      options: { replyCacheMs: Number.POSITIVE_INFINITY },
      message: 'replyCacheMs: expected a whole number from 0 to 2147483647, got Infinity',
    },
    {
      options: { windowKind: JSON.parse('"round"') },
      message: 'windowKind: expected one of anchored, aligned, sliding, got round',
    },
    {
      options: { keepArrivals: 0 },
      message: 'keepArrivals: expected a whole number from 1 to Infinity, got 0',
    },
  ])('refuses $options', async ({ options, message }) => {
    await expect(createSimulator(options)).rejects.toThrow(new RangeError(message));
  });
});

describe('close', () => {
  it('ends connections that are idle, waiting for an answer, or have not said anything', async () => {
    const simulator = await startSimulator();
    const silent = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    await once(silent, 'connect');
    await send(simulator, '/');
    const arrived = new Promise<void>((resolve) => {
      simulator.intercept(({ reply }) => {
        resolve();
        return { ...reply, delayMs: 600_000 };
      });
    });
    const waiting = sendBytes(simulator, getBytes('/'));
    await arrived;
    const silentEnd = once(silent, 'close');
    await simulator.close();
    await Promise.all([waiting.end, silentEnd]);
    expect(waiting.chunks).toEqual([]);
    await expect(send(simulator, '/')).rejects.toThrow('fetch failed');
  });

  it('can be called again', async () => {
    const simulator = await startSimulator();
    await Promise.all([simulator.close(), simulator.close()]);
    await expect(simulator.close()).resolves.toBeUndefined();
  });

  it('leaves nothing behind when a hook answers only after it', async () => {
    const simulator = await startSimulator();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      simulator.intercept(async ({ reply }) => {
        resolve();
        await held;
        return { ...reply, delayMs: 600_000 };
      });
    });
    sendBytes(simulator, getBytes('/'));
    await arrived;
    await simulator.close();
    const timersBefore = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    release();
    await held;
    const timersAfter = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    expect(timersAfter).toBe(timersBefore);
  });

  it('rejects with what the hook threw, whose request was answered with a reset', async () => {
    const simulator = await createSimulator({ latencyMs: 0 });
    const mistake = new Error('a mistake in the test');
    simulator.intercept(() => {
      throw mistake;
    });
    expect(await sendBytes(simulator, getBytes('/')).end).toBe('reset');
    await expect(simulator.close()).rejects.toBe(mistake);
  });
});
