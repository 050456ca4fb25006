import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { UsageEvent } from '../../src/events.js';
import * as scripts from '../../src/fleet/scripts.js';
import { createStore } from '../../src/fleet/store.js';
import { createManualClock } from '../support/manual-clock.js';
import { lacksRedis, type RedisServer, startRedisServer } from '../support/redis-server.js';

const commandsOf = ({ text }: scripts.Script): string[] =>
  [...text.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) => name);
const commands = [...new Set(Object.values(scripts).flatMap(commandsOf))];
const secret = 'nobody-guesses-this';

it('a server is tried with every command that a fleet needs', () => {
  expect([...new Set(commandsOf(scripts.probe))].sort()).toEqual([...commands].sort());
});

describe.skipIf(lacksRedis())('the store of a fleet', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.close());

  /** A store of this user's, of which the first thing has been told. */
  async function storeOf(user: string, password: string) {
    const clock = createManualClock();
    const told: UsageEvent[] = [];
    let next = (): void => undefined;
    const happens = (): Promise<void> => new Promise((resolve) => (next = resolve));
    const first = happens();
    const store = createStore({
      url: `redis://${user}:${password}@127.0.0.1:${server.port}`,
      probeKey: 'probe',
      clock,
      report(event) {
        told.push(event);
        next();
      },
    });
    onTestFinished(store.close);
    store.onFound(() => next());
    await first;
    return { store, clock, told, happens };
  }

  it('is lost while its password is refused', async () => {
    await server.command('ACL', 'SETUSER', 'gateway', 'on', `>${secret}`, '~*', '+@all');
    const { told } = await storeOf('gateway', 'another');
    expect(told).toEqual([{ type: 'fleet.lost', detail: 'the server answers WRONGPASS' }]);
  });

  it.each([...commands, 'EVAL', 'EVALSHA'])(
    'is lost while its user may not run a command that it needs: %s',
    async (command) => {
      await server.command('SCRIPT', 'FLUSH');
      await server.command('ACL', 'SETUSER', command, 'on', `>${secret}`, '~*', '+@all', `-${command}`);
      const { store, clock, told, happens } = await storeOf(command, secret);
      expect(told).toEqual([{ type: 'fleet.lost', detail: expect.stringMatching(/ (ERR|NOPERM)$/) }]);
      expect(store.isLost()).toBe(true);

      await server.command('ACL', 'SETUSER', command, '+@all');
      const found = happens();
      await clock.advance(1_000);
      await found;
      expect(told.slice(1)).toEqual([{ type: 'fleet.found' }]);
      expect(store.isLost()).toBe(false);
    },
  );
});
