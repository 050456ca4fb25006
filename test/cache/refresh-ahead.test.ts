import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRefreshAhead } from '../../src/cache/refresh-ahead.js';
import { NotFoundError, ThrottledError, UpstreamError } from '../../src/errors.js';
import { type CacheRig, createCacheRig, minuteMs } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock } from '../support/manual-clock.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);
const freshMs = 20 * minuteMs;
const failing = new UpstreamError('failing', 'answered 502', { delivery: 'answered' });

/** Reads that ICCID so often. */
async function serve({ cache, caller }: CacheRig, times: number, asked = iccid): Promise<void> {
  for (let index = 0; index < times; index += 1) await cache.read(asked, caller());
}

function refreshed({ events }: CacheRig): string[] {
  return events.flatMap((event) => (event.type === 'cache.refresh' ? [event.iccid] : []));
}

describe('a reading that many ask for', () => {
  it('is fetched again in the background a second after it has ended', async () => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    await serve(rig, 3);
    source.take(100, 0);
    await clock.advance(freshMs + 999);
    expect(source.calls).toHaveLength(1);
    await clock.advance(1);
    expect(source.calls).toEqual([iccid, iccid]);
    expect(refreshed(rig)).toEqual([iccid]);
    expect(source.callers[1]).toMatchObject({
      deadlineMs: Number.POSITIVE_INFINITY,
      place: { lane: 'background', behind: -2 },
      hasOld: true,
    });
    await clock.advance(100);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
    expect(source.calls).toHaveLength(2);
  });

  it.each([
    { times: 1, served: 'never', isHot: false },
    { times: 2, served: 'once', isHot: false },
    { times: 3, served: 'twice', isHot: true },
  ])('is one that was served twice since it was fetched: $served', async ({ times, isHot }) => {
    const rig = createCacheRig();
    await serve(rig, times);
    expect(rig.clock.pending).toBe(isHot ? 1 : 0);
    await rig.clock.advance(freshMs + 2_000);
    expect(refreshed(rig)).toEqual(isHot ? [iccid] : []);
  });

  it('is not one that was served only while it was old', async () => {
    const rig = createCacheRig();
    await serve(rig, 1);
    await rig.clock.advance(freshMs);
    rig.source.fail(new ThrottledError(1_000));
    await serve(rig, 5);
    expect(rig.clock.pending).toBe(0);
    expect(refreshed(rig)).toEqual([]);
  });

  it('is not one that many wait for together', async () => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    source.take(0, 100);
    const reads = [1, 2, 3, 4].map(() => cache.read(iccid, caller()));
    await clock.advance(100);
    await Promise.all(reads);
    expect(clock.pending).toBe(0);
  });

  it('is fetched again at a moment of its own within the second that follows', () => {
    fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (chance) => {
        const rig = createCacheRig({ random: () => chance });
        await serve(rig, 3);
        const waitMs = freshMs + 1_000 + Math.floor(chance * 1_000);
        await rig.clock.advance(waitMs - 1);
        expect(refreshed(rig)).toEqual([]);
        await rig.clock.advance(2);
        expect(refreshed(rig)).toEqual([iccid]);
      }),
    );
  });

  it('is fetched again for as long as it is asked for, and once more', async () => {
    const rig = createCacheRig();
    await serve(rig, 1);
    for (let round = 0; round < 3; round += 1) {
      await serve(rig, 2);
      await rig.clock.advance(freshMs + 1_000);
      expect(refreshed(rig)).toHaveLength(round + 1);
    }
    await serve(rig, 1);
    await rig.clock.advance(3 * freshMs);
    expect(refreshed(rig)).toHaveLength(3);
    expect(rig.clock.pending).toBe(0);
  });

  it('stands before what was served less, in the background', async () => {
    const rig = createCacheRig();
    const { clock, source } = rig;
    await serve(rig, 3, iccidNumber(1));
    await serve(rig, 8, iccidNumber(2));
    source.take(5_000, 0);
    await clock.advance(freshMs + 1_000);
    expect(source.callers.slice(2).map(({ place }) => place)).toEqual([
      { lane: 'background', behind: -2 },
      { lane: 'background', behind: -7 },
    ]);
  });

  it('stands there by all times that it was served, while it was old too', async () => {
    const rig = createCacheRig();
    const { clock, source } = rig;
    await serve(rig, 2);
    await clock.advance(freshMs);
    source.fail(failing);
    await serve(rig, 3);
    await clock.advance(1_000);
    source.take(60_000, 0);
    const read = serve(rig, 1);
    await clock.advance(8_000);
    await read;
    expect(source.callers.at(-1)?.place).toEqual({ lane: 'background', behind: -5 });
  });

  it('stands behind those when it was pushed out of the cache while it waited', async () => {
    const rig = createCacheRig({ maxEntries: 1 });
    const { clock, source, cache, caller } = rig;
    await serve(rig, 3);
    source.take(5_000, 0);
    await clock.advance(freshMs + 1_000);
    source.take(0, 0);
    await cache.read(iccidNumber(2), caller());
    expect(source.callers[1]?.place).toEqual({ lane: 'background', behind: -0 });
  });
});

describe('a refresh ahead', () => {
  it('is not begun where one is on its way already, which it leaves alone', async () => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    await serve(rig, 3);
    await clock.advance(freshMs + 500);
    source.take(0, 600);
    const read = cache.read(iccid, caller());
    await clock.advance(600);
    expect(await read).toMatchObject({ staleReason: 'REFRESHING' });
    expect(refreshed(rig)).toEqual([]);
    expect(source.calls).toHaveLength(2);
  });

  it('is cancelled by a reading that came before it', async () => {
    const rig = createCacheRig();
    const { clock, source } = rig;
    await serve(rig, 3);
    await clock.advance(freshMs + 500);
    await serve(rig, 1);
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    expect(source.calls).toHaveLength(2);
  });

  it('is cancelled by a failure that is remembered, and not by another', async () => {
    const rig = createCacheRig();
    const { clock, source } = rig;
    await serve(rig, 3, iccidNumber(1));
    await serve(rig, 3, iccidNumber(2));
    await clock.advance(freshMs + 500);
    source.fail(new ThrottledError(1_000));
    await serve(rig, 1, iccidNumber(1));
    source.fail(failing);
    await serve(rig, 1, iccidNumber(2));
    source.bring();
    await clock.advance(500);
    expect(refreshed(rig)).toEqual([iccidNumber(1)]);
  });

  it('is cancelled when its reading is pushed out of the cache', async () => {
    const rig = createCacheRig({ maxEntries: 2 });
    for (const index of [1, 2, 3]) await serve(rig, 3, iccidNumber(index));
    expect(rig.clock.pending).toBe(1);
    await rig.clock.advance(freshMs + 1_000);
    expect(refreshed(rig)).toEqual([iccidNumber(2), iccidNumber(3)]);
    expect(rig.clock.pending).toBe(0);
  });

  it('is planned for so many readings at a time and no more, those first that were asked for first', async () => {
    const rig = createCacheRig({ maxHot: 2 });
    for (const index of [1, 2, 3]) await serve(rig, 9, iccidNumber(index));
    expect(rig.clock.pending).toBe(1);
    await rig.clock.advance(freshMs + 1_000);
    expect(refreshed(rig)).toEqual([iccidNumber(1), iccidNumber(2)]);
  });

  it('leaves its room to another when it is over', async () => {
    const rig = createCacheRig({ maxHot: 1 });
    await serve(rig, 3, iccidNumber(1));
    await rig.clock.advance(freshMs + 1_000);
    await serve(rig, 3, iccidNumber(2));
    await rig.clock.advance(freshMs + 1_000);
    expect(refreshed(rig)).toEqual([iccidNumber(1), iccidNumber(2)]);
  });

  it.each([
    ['is throttled', new ThrottledError(1_000), { staleReason: 'THROTTLED' }],
    ['meets a bug of ours', new TypeError('a bug of ours'), 'a bug of ours'],
  ])('that %s is tried again by the next reader', async (_what, error, told) => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    await serve(rig, 3);
    source.fail(error);
    await clock.advance(freshMs + 1_000);
    const read = cache.read(iccid, caller()).catch((reason: unknown) => reason);
    expect(await read).toMatchObject(typeof told === 'string' ? { message: told } : told);
    expect(source.calls).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('that finds the eSIM gone drops its numbers', async () => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    await serve(rig, 3);
    source.fail(new NotFoundError());
    await clock.advance(freshMs + 1_000);
    await expect(cache.read(iccid, caller())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(source.calls).toHaveLength(2);
  });
});

describe('a cache that is closed', () => {
  it('fetches nothing by itself, leaves no timer, and still answers', async () => {
    const rig = createCacheRig();
    const { clock, source, cache, caller } = rig;
    for (const index of [1, 2, 3]) await serve(rig, 3, iccidNumber(index));
    expect(clock.pending).toBe(1);
    cache.close();
    expect(clock.pending).toBe(0);
    await serve(rig, 5, iccidNumber(1));
    await serve(rig, 5, iccidNumber(4));
    expect(clock.pending).toBe(0);
    await clock.advance(freshMs + 2_000);
    expect(refreshed(rig)).toEqual([]);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
    expect(source.calls).toHaveLength(5);
    cache.close();
  });
});

/** Plans, and what should become of them. */
function createPlansRig(most: number) {
  const clock = createManualClock();
  const [done, wanted]: [string[], string[]] = [[], []];
  const planned = new Map<string, number>();
  const plans = createRefreshAhead<string>({
    most,
    refresh: (key) => done.push(`${key} at ${clock.now()}`),
    clock,
  });
  return {
    done,
    wanted,
    planned,
    timers: () => clock.pending,
    plan(key: string, inMs: number): void {
      const isOld = planned.has(key);
      const isPlanned = isOld || planned.size < most;
      if (isPlanned && !isOld) planned.set(key, clock.now() + inMs);
      expect(plans.plan(key, clock.now() + inMs)).toBe(isPlanned);
    },
    cancel(key: string): void {
      planned.delete(key);
      plans.cancel(key);
    },
    async wait(forMs: number): Promise<void> {
      await clock.advance(forMs);
      for (const [key, atMs] of planned) {
        if (atMs > clock.now()) continue;
        planned.delete(key);
        wanted.push(`${key} at ${atMs}`);
      }
    },
  };
}

describe('plans to refresh', () => {
  it('are made once for each key, for so many at most, and each is carried out once', async () => {
    const clock = createManualClock();
    const done: [string, number][] = [];
    const plans = createRefreshAhead<string>({
      most: 2,
      refresh: (key) => done.push([key, clock.now()]),
      clock,
    });
    plans.plan('a', 3_000);
    plans.plan('a', 2_000);
    plans.plan('b', 2_500);
    plans.plan('c', 2_000);
    plans.cancel('nothing');
    expect(clock.pending).toBe(1);
    await clock.advance(1_500);
    plans.plan('c', 2_600);
    plans.cancel('a');
    await clock.advance(10_000);
    expect(done).toEqual([
      ['b', 2_500],
      ['c', 2_600],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('are carried out at their moments, each once, whatever is cancelled and planned anew, by one timer', async () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    type Act = (rig: ReturnType<typeof createPlansRig>) => Promise<void> | void;
    const step = fc.oneof<fc.Arbitrary<Act>[]>(
      fc.tuple(keys, fc.nat({ max: 50 })).map(
        ([key, inMs]) =>
          (rig) =>
            rig.plan(key, inMs),
      ),
      keys.map((key) => (rig) => rig.cancel(key)),
      fc.nat({ max: 20 }).map((forMs) => (rig) => rig.wait(forMs)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 100 }),
        async (most, steps) => {
          const rig = createPlansRig(most);
          for (const act of steps) {
            await act(rig);
            expect(rig.timers()).toBe(rig.planned.size > 0 ? 1 : 0);
          }
          await rig.wait(50);
          expect(rig.done.sort()).toEqual(rig.wanted.sort());
          expect(rig.timers()).toBe(0);
        },
      ),
    );
  });

  it('keep no process alive', () => {
    const clock = createManualClock();
    const importances: unknown[] = [];
    const plans = createRefreshAhead<string>({
      most: 2,
      refresh: () => undefined,
      clock: {
        ...clock,
        after(delayMs, task, importance) {
          importances.push(importance);
          return clock.after(delayMs, task, importance);
        },
      },
    });
    plans.plan('a', 2_000);
    expect(importances).toEqual(['idle']);
  });
});
