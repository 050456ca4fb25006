import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ElsewhereError, SharedStateLostError, ThrottledError } from '../../src/errors.js';
import type { CallLimit } from '../../src/fleet/shared-values.js';
import { anyPrefix, joinFleet, type Member } from '../support/fleet-rig.js';
import { lacksRedis, type RedisServer, startRedisServer } from '../support/redis-server.js';

const limit: CallLimit = { requests: 10, windowMs: 60_000, callMs: 14_000 };

describe.skipIf(lacksRedis())('values that several processes share', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.close());

  const join = (prefix: string) => joinFleet({ url: redis.url, prefix, windowMs: 100, leaseMs: 300 });
  /** As many commands as `values` has sent, and whatever was on its way has arrived. */
  const settled = ({ values }: Member) => values.see('nothing');

  it('are brought by one at a time, and seen by all when they are there', async () => {
    const prefix = anyPrefix();
    const [one, other] = [await join(prefix), await join(prefix)];
    const turn = await one.values.take('a', limit);
    expect(turn.value).toBeNull();
    expect(await other.values.see('a')).toEqual({ value: null, isUnderWay: true });
    await expect(other.values.take('a', limit)).rejects.toThrow(ElsewhereError);
    turn.settle({ value: { text: 'brought', keptMs: 10_000 } });
    await settled(one);
    expect(await other.values.see('a')).toEqual({ value: 'brought', isUnderWay: false });
    expect((await other.values.take('a', limit)).value).toBe('brought');
  });

  it('are looked at with one question, however many they are', async () => {
    const prefix = anyPrefix();
    const { values } = await join(prefix);
    await values.see('warm');
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1] ?? 0);
    const before = await calls();
    await Promise.all(Array.from({ length: 100 }, (_, index) => values.see(`${index % 50}`)));
    expect((await calls()) - before).toBe(1);
  });

  it('are called for within the limit, half of which is for when what was counted is lost', async () => {
    const prefix = anyPrefix();
    const { values, gate } = await join(prefix);
    const callUntilFull = async () => {
      for (let calls = 0; ; calls += 1)
        try {
          (await values.take('a', limit)).settle();
        } catch (error) {
          if (error instanceof ThrottledError) return { calls, retryAfterMs: error.retryAfterMs };
          throw error;
        }
    };
    await gate.run(async () => undefined);
    // As if the state had been there for more than a window.
    await redis.command('HINCRBY', `${prefix}company`, 'since', '-60000');
    const old = await callUntilFull();
    expect(old.calls).toBe(5);
    expect(old.retryAfterMs).toBeGreaterThan(73_000);
    expect(old.retryAfterMs).toBeLessThanOrEqual(74_000);
    await redis.command('FLUSHALL');
    expect((await callUntilFull()).calls).toBe(5);
  });

  it('are not counted when nothing was sent', async () => {
    const { values } = await join(anyPrefix());
    for (let call = 0; call < 20; call += 1) (await values.take('a', limit)).settle({ isUnsent: true });
  });

  it('are not counted when it was not told in time that they were taken, or that nothing was sent', async () => {
    const member = await join(anyPrefix());
    const { values, store } = member;
    const once = { ...limit, requests: 2 };
    const turn = await values.take('unsent', once);
    redis.freeze();
    await expect(values.take('untold', once)).rejects.toThrow(SharedStateLostError);
    turn.settle({ isUnsent: true });
    const found = new Promise<void>((resolve) => store.onFound(resolve));
    redis.thaw();
    await found;
    await settled(member);
    for (const name of ['unsent', 'untold']) expect((await values.take(name, once)).value).toBeNull();
  });

  it('are called for by nobody while one of them pauses', async () => {
    const prefix = anyPrefix();
    const [one, other] = [await join(prefix), await join(prefix)];
    (await one.values.take('a', limit)).settle({ pauseMs: 30_000 });
    await settled(one);
    const refused = await other.values.take('a', limit).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ThrottledError);
    expect(refused instanceof ThrottledError && Math.round(refused.retryAfterMs / 1_000)).toBe(30);
    expect((await other.values.take('b', limit)).value).toBeNull();
  });

  it('are brought by another when the first is not heard of any more', async () => {
    const prefix = anyPrefix();
    const [dying, other] = [await join(prefix), await join(prefix)];
    await dying.values.take('a', limit);
    await dying.store.close();
    await redis.command('PEXPIRE', `${prefix}lock:a`, '1');
    let turn: Awaited<ReturnType<typeof other.values.take>> | null = null;
    while (turn === null) turn = await other.values.take('a', limit).catch(() => null);
    expect(turn.value).toBeNull();
  });

  it('are not overwritten by one whose turn has ended', async () => {
    const prefix = anyPrefix();
    const { values, store } = await join(prefix);
    const late = await values.take('a', limit);
    await redis.command('DEL', `${prefix}lock:a`);
    const next = await values.take('a', limit);
    late.settle({ value: { text: 'late', keptMs: 10_000 } });
    expect(await values.see('a')).toEqual({ value: null, isUnderWay: true });
    next.settle({ value: { text: 'next', keptMs: 10_000 } });
    expect(await values.see('a')).toEqual({ value: 'next', isUnderWay: false });
    expect(store.isLost()).toBe(false);
  });

  it('are kept when they come late, if nobody has brought any or does so', async () => {
    const prefix = anyPrefix();
    const { values } = await join(prefix);
    const [first, second] = [await values.take('a', limit), await values.take('b', limit)];
    await redis.command('DEL', `${prefix}lock:a`, `${prefix}lock:b`);
    (await values.take('b', limit)).settle({ value: { text: 'newer', keptMs: 10_000 } });
    for (const late of [first, second]) late.settle({ value: { text: 'late', keptMs: 10_000 } });
    expect((await values.see('a')).value).toBe('late');
    expect((await values.see('b')).value).toBe('newer');
  });

  it('are none where something else stands', async () => {
    const prefix = anyPrefix();
    const { values, store } = await join(prefix);
    for (const kind of ['value', 'lock', 'calls', 'pause'])
      await redis.command('RPUSH', `${prefix}${kind}:a`, 'nonsense');
    expect(await values.see('a')).toEqual({ value: null, isUnderWay: false });
    (await values.take('a', limit)).settle({ value: { text: 'sound', keptMs: 10_000 } });
    expect(await values.see('a')).toEqual({ value: 'sound', isUnderWay: false });
    expect(store.isLost()).toBe(false);
  });
});
