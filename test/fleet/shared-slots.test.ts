import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TooManyRequestsError } from '../../src/errors.js';
import { anyPrefix, joinFleet } from '../support/fleet-rig.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { lacksRedis, type RedisServer, startRedisServer } from '../support/redis-server.js';

const windowMs = 100;
const leaseMs = 300;

describe.skipIf(lacksRedis())('slots that several processes share', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.close());

  const join = (prefix: string) => joinFleet({ url: redis.url, prefix, windowMs, leaseMs });

  it('let no more arrive in any window than one process alone would, whatever the network does', async () => {
    const anyDelay = fc.nat({ max: 150 });
    const anyCall = fc.record({ thereMs: anyDelay, backMs: anyDelay, member: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 30 }), async (calls) => {
        const prefix = anyPrefix();
        const members = await Promise.all([join(prefix), join(prefix), join(prefix)]);
        const arrivedMs: number[] = [];
        await Promise.all(
          calls.map(({ thereMs, backMs, member }) =>
            members[member]?.gate.run(async () => {
              await setTimeout(thereMs);
              arrivedMs.push(performance.now());
              await setTimeout(backMs);
            }),
          ),
        );
        expect(arrivedMs.length).toBe(calls.length);
        expect(mostInAnyWindow(arrivedMs, windowMs)).toBeLessThanOrEqual(5);
      }),
      { numRuns: 4 },
    );
  }, 30_000);

  it('are looked at as soon as the server answers, so that the time in which none is granted begins before the first call', async () => {
    const prefix = anyPrefix();
    const { values } = await join(prefix);
    // What was asked before has been answered by then.
    await values.see('nothing');
    expect(await redis.command('HEXISTS', `${prefix}company`, 'since')).toBe('1');
    expect(await redis.command('HGETALL', `${prefix}company`)).not.toContain('slot:');
  });

  it('are granted to nobody for one lease after what was known of them is lost', async () => {
    const prefix = anyPrefix();
    const [first, second] = [await join(prefix), await join(prefix)];
    await first.gate.run(async () => undefined);
    const lostAtMs = performance.now();
    await redis.command('DEL', `${prefix}company`);
    const sentAtMs = await Promise.all(
      [first, second].map(({ gate }) => gate.run(async () => performance.now())),
    );
    expect(Math.min(...sentAtMs) - lostAtMs).toBeGreaterThanOrEqual(leaseMs - 1);
  });

  it('come back from one that says nothing more after its lease, and not before', async () => {
    const prefix = anyPrefix();
    const [dying, living] = [await join(prefix), await join(prefix)];
    let sentAtMs = Number.NaN;
    const sent: Promise<void>[] = Array.from(
      { length: 5 },
      () =>
        new Promise((resolve) => {
          void dying.gate.run(() => {
            sentAtMs = performance.now();
            resolve();
            return new Promise(() => undefined);
          });
        }),
    );
    await Promise.all(sent);
    const nextAtMs = await living.gate.run(async () => performance.now());
    expect(nextAtMs - sentAtMs).toBeGreaterThanOrEqual(leaseMs - 60);
    expect(nextAtMs - sentAtMs).toBeLessThan(leaseMs + 1_000);
  });

  it('are granted to nobody while one of them pauses', async () => {
    const prefix = anyPrefix();
    const [pausing, other] = [await join(prefix), await join(prefix)];
    await other.gate.run(async () => undefined);
    const pausedAtMs = performance.now();
    pausing.gate.pause(400, new TooManyRequestsError('company', 400));
    await redis.command('PING');
    const sentAtMs = await other.gate.run(async () => performance.now());
    expect(sentAtMs - pausedAtMs).toBeGreaterThanOrEqual(399);
  });

  it('leave one for those who have nothing at hand', async () => {
    const { gate } = await join(anyPrefix());
    const background = { place: { lane: 'background', behind: 0 } } as const;
    let started = 0;
    await new Promise<void>((resolve) => {
      const forever = (): Promise<never> => {
        started += 1;
        if (started === 4) resolve();
        return new Promise(() => undefined);
      };
      for (let call = 0; call < 6; call += 1) void gate.run(forever, background);
    });
    expect(await gate.run(async () => started)).toBe(4);
  });

  it('are shared out between those who wait', async () => {
    const prefix = anyPrefix();
    const [many, one] = [await join(prefix), await join(prefix)];
    const went: string[] = [];
    const runs = Array.from({ length: 20 }, () => many.gate.run(async () => went.push('many')));
    runs.push(one.gate.run(async () => went.push('one')));
    await Promise.all(runs);
    expect(went.indexOf('one')).toBeLessThan(11);
  });

  it('are none when what stands for them can make no sense', async () => {
    const prefix = anyPrefix();
    const { gate } = await join(prefix);
    await redis.command('SET', `${prefix}company`, 'nonsense');
    const beganMs = performance.now();
    const sentAtMs = await gate.run(async () => performance.now());
    expect(sentAtMs - beganMs).toBeGreaterThanOrEqual(leaseMs - 1);
    await redis.command('HSET', `${prefix}company`, 'slot:1', 'nonsense', 'waiting:x', 'nonsense');
    expect(await gate.run(async () => 'sent')).toBe('sent');
  });
});
