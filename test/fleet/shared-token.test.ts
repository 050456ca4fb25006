import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ThrottledError } from '../../src/errors.js';
import type { NewToken } from '../../src/fleet/fleet.js';
import { createSeal } from '../../src/fleet/seal.js';
import { createSharedToken } from '../../src/fleet/shared-token.js';
import type { CallLimit } from '../../src/fleet/shared-values.js';
import { anyPrefix, joinFleet } from '../support/fleet-rig.js';
import { createLatch } from '../support/latch.js';
import { lacksRedis, type RedisServer, startRedisServer } from '../support/redis-server.js';

/** One a minute in a new fleet. */
const limit: CallLimit = { requests: 3, windowMs: 60_000, callMs: 4_000 };
const token: NewToken = { value: 'a token', forMs: 3_600_000 };

describe.skipIf(lacksRedis())('a token that several processes share', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.close());

  async function join(prefix: string) {
    const { values, clock } = await joinFleet({ url: redis.url, prefix, windowMs: 100, leaseMs: 300 });
    return createSharedToken({ values, limit, seal: createSeal('a secret', 'a purpose'), clock });
  }

  it('is fetched by one of them, for all who want one', async () => {
    const prefix = anyPrefix();
    const members = await Promise.all([join(prefix), join(prefix), join(prefix)]);
    const fetch = vi.fn(async () => token);
    const shared = await Promise.all(members.map((share) => share(fetch, null)));
    expect(shared.map(({ value }) => value)).toEqual([token.value, token.value, token.value]);
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is looked for again soon by one who may fetch none, and found when another has brought it late', async () => {
    const prefix = anyPrefix();
    const [one, other] = [await join(prefix), await join(prefix)];
    const [isFetching, brought] = [createLatch(), createLatch()];
    const first = one(async () => {
      isFetching.open();
      await brought.opened;
      return token;
    }, null);
    await isFetching.opened;
    // As if the one could not keep its lock.
    await redis.command('DEL', `${prefix}lock:token`);
    const fetch = vi.fn(async () => token);
    const refused = await other(fetch, null).catch((error: unknown) => error);
    expect(refused).toEqual(new ThrottledError(1_000));
    brought.open();
    await first;
    await vi.waitFor(async () => expect((await other(fetch, null)).value).toBe(token.value));
    expect(fetch).not.toHaveBeenCalled();
  });
});
