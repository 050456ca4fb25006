import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createClientPool, type LentClient } from '../../src/upstream/client-pool.js';
import { createConnection } from '../../src/upstream/connector.js';
import { echo, startFaultServer } from '../support/fault-server.js';

/** A pool, and a server that answers with the number of the connection that it was asked over. */
async function start() {
  const numbers = new Map<Socket, number>();
  const { port } = await startFaultServer({
    greet: (connection) => numbers.set(connection, numbers.size),
    answer: (connection) => connection.write(echo(`${numbers.get(connection)}`)),
  });
  const pool = createClientPool(`http://127.0.0.1:${port}`, 1_000);

  async function ask({ client }: LentClient): Promise<string> {
    const { body } = await client.request({ method: 'GET', path: '/', reset: true });
    return body.text();
  }
  return { ask, lend: () => pool.lend(createConnection()) };
}

describe('the pool of clients', () => {
  it('lends one again whose connection has ended, and it makes the next', async () => {
    const { ask, lend } = await start();
    const lent = lend();
    const ended = once(lent.client, 'disconnect');
    expect(await ask(lent)).toBe('0');
    lent.giveBack();
    await ended;
    const again = lend();
    expect(again.client).toBe(lent.client);
    expect(await ask(again)).toBe('1');
  });

  it('does not lend one whose connection has not ended', async () => {
    const { lend } = await start();
    const lent = lend();
    const made = once(lent.client, 'connect');
    const call = lent.client.request({ method: 'GET', path: '/' });
    await made;
    lent.giveBack();
    expect(lend().client).not.toBe(lent.client);
    lent.destroy();
    await call.catch(() => undefined);
  });

  it('does not lend one twice at a time, nor one that was not given back', async () => {
    const { lend } = await start();
    const clients = Array.from({ length: 10 }, () => lend().client);
    expect(new Set(clients).size).toBe(10);
  });

  it('keeps five, and destroys what else is given back', async () => {
    const { lend } = await start();
    const lent = Array.from({ length: 7 }, lend);
    for (const each of lent) each.giveBack();
    expect(lent.map(({ client }) => client.destroyed)).toEqual([
      ...Array.from({ length: 5 }, () => false),
      ...Array.from({ length: 2 }, () => true),
    ]);
  });
});
