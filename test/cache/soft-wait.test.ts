import { describe, expect, it } from 'vitest';
import {
  AbandonedError,
  NotFoundError,
  RememberedError,
  ThrottledError,
  TimedOutError,
  UpstreamError,
} from '../../src/errors.js';
import type { UsageReading } from '../../src/usage.js';
import { type CacheRig, createCacheRig, minuteMs, notFoundMs, staleMs } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);
const old = readingOf(iccid, 1_000);
const failing = new UpstreamError('failing', 'answered 502', { delivery: 'answered' });

interface StaleRig extends CacheRig {
  /** What a read has come to so far, and when. */
  watch(read: Promise<UsageReading>): { readonly told: unknown; readonly atMs: number | null };
}

/** A cache whose one reading is `ageMs` old: from the 20th minute on it is stale. */
async function createStaleRig(ageMs = 20 * minuteMs, softWaitMs = 300): Promise<StaleRig> {
  const rig = createCacheRig({ softWaitMs });
  const { clock, cache, caller } = rig;
  await cache.read(iccid, caller());
  await clock.advance(ageMs);
  const beganMs = clock.now();
  return {
    ...rig,
    watch(read) {
      const watched: { told: unknown; atMs: number | null } = { told: 'nothing', atMs: null };
      const tell = (told: unknown): void =>
        void Object.assign(watched, { told, atMs: clock.now() - beganMs });
      read.then(tell, tell);
      return watched;
    },
  };
}

const nothingYet = { told: 'nothing', atMs: null };

describe('a reader with an old reading at hand', () => {
  it('is told after 300 ms that a new one is on its way, which the next one gets', async () => {
    const { clock, source, cache, caller, events, watch } = await createStaleRig();
    source.take(0, 1_000);
    const first = watch(cache.read(iccid, caller()));
    await clock.advance(299);
    expect(first).toEqual(nothingYet);
    await clock.advance(1);
    expect(first).toEqual({ told: { ...old, staleReason: 'REFRESHING' }, atMs: 300 });
    await clock.advance(700);
    const renewed = readingOf(iccid, 1_000 + 20 * minuteMs + 1_000);
    expect(await cache.read(iccid, caller())).toEqual(renewed);
    expect(source.calls).toHaveLength(2);
    expect(events.slice(2)).toEqual([
      { type: 'cache.miss', iccid },
      { type: 'cache.stale', iccid, reason: 'REFRESHING' },
      { type: 'cache.fill', iccid },
      { type: 'cache.hit', iccid },
    ]);
  });

  it('gets the new one when that comes sooner', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    source.take(100, 199);
    const first = watch(cache.read(iccid, caller()));
    await clock.advance(299);
    expect(first).toEqual({ told: readingOf(iccid, clock.now()), atMs: 299 });
    expect(clock.pending).toBe(0);
  });

  it('waits as long as it is told to', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig(20 * minuteMs, 0);
    source.take(0, 1_000);
    const first = watch(cache.read(iccid, caller()));
    await clock.advance(0);
    expect(first).toEqual({ told: { ...old, staleReason: 'REFRESHING' }, atMs: 0 });
    expect(source.calls).toHaveLength(2);
  });

  it.each([
    ['THROTTLED', new ThrottledError(5_000)],
    ['UNAVAILABLE', failing],
    ['TIMED_OUT', new TimedOutError(1_000)],
  ])('is told at once that the refresh came to %s', async (staleReason, error) => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    source.take(0, 150);
    source.fail(error);
    const readers = [watch(cache.read(iccid, caller())), watch(cache.read(iccid, caller()))];
    await clock.advance(150);
    expect(readers).toEqual(Array(2).fill({ told: { ...old, staleReason }, atMs: 150 }));
    expect(clock.pending).toBe(0);
  });

  it('is told at once of a failure that is remembered, and asks nothing', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    source.fail(failing);
    await cache.read(iccid, caller());
    source.bring();
    source.take(0, 1_000);
    await clock.advance(999);
    const told = watch(cache.read(iccid, caller()));
    await clock.advance(0);
    expect(told).toEqual({ told: { ...old, staleReason: 'UNAVAILABLE' }, atMs: 999 });
    expect(source.calls).toHaveLength(2);
  });

  it('is told at its deadline when that comes sooner, and what was not sent is dropped with it', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    source.take(1_000, 0);
    const hasty = watch(cache.read(iccid, caller({ deadlineMs: clock.now() + 100 })));
    await clock.advance(100);
    expect(hasty).toEqual({ told: { ...old, staleReason: 'TIMED_OUT' }, atMs: 100 });
    expect(source.callers.at(-1)?.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('hears that the eSIM is not found, and never the old numbers again', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    const gone = new NotFoundError();
    source.take(0, 200);
    source.fail(gone);
    const told = watch(cache.read(iccid, caller()));
    await clock.advance(200);
    expect(told).toEqual({ told: new RememberedError(gone, notFoundMs), atMs: 200 });
    source.fail(failing);
    await clock.advance(notFoundMs);
    const later = watch(cache.read(iccid, caller()));
    await clock.advance(200);
    expect(later.told).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('hears it too when it was served the old ones meanwhile and asks again', async () => {
    const { clock, source, cache, caller } = await createStaleRig();
    const gone = new NotFoundError();
    source.take(0, 1_000);
    source.fail(gone);
    const served = cache.read(iccid, caller());
    await clock.advance(300);
    expect(await served).toEqual({ ...old, staleReason: 'REFRESHING' });
    await clock.advance(700);
    await expect(cache.read(iccid, caller())).rejects.toEqual(new RememberedError(gone, notFoundMs));
  });
});

describe('a reading that becomes too old during the wait', () => {
  it('is served up to its last millisecond', async () => {
    const { clock, source, cache, caller, watch } = await createStaleRig(staleMs - 301);
    source.take(0, 1_000);
    const told = watch(cache.read(iccid, caller()));
    await clock.advance(300);
    expect(told).toEqual({ told: { ...old, staleReason: 'REFRESHING' }, atMs: 300 });
  });

  it('is not served any more: its reader waits for the new one', async () => {
    const { clock, source, cache, caller, events, watch } = await createStaleRig(staleMs - 300);
    source.take(0, 1_000);
    const told = watch(cache.read(iccid, caller()));
    await clock.advance(999);
    expect(told).toEqual(nothingYet);
    await clock.advance(1);
    expect(told).toEqual({ told: readingOf(iccid, clock.now()), atMs: 1_000 });
    expect(source.calls).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'cache.stale')).toEqual([]);
    await clock.advance(8_000);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['fails', 1_000, new RememberedError(failing, 1_000), 1_000],
    ['does not come', 9_000, new TimedOutError(1_000), 8_000],
  ])('is not served when the new one %s, either', async (_what, answerMs, error, atMs) => {
    const { clock, source, cache, caller, watch } = await createStaleRig(staleMs - 1);
    source.take(0, answerMs);
    source.fail(failing);
    const told = watch(cache.read(iccid, caller()));
    await clock.advance(8_000);
    expect(told).toEqual({ told: error, atMs });
  });
});

describe('a refresh whose readers were served', () => {
  const interactive = { lane: 'interactive', behind: 2 } as const;
  const background = { lane: 'background', behind: -1 };

  it('has no deadline any more, and waits in the background as it did before', async () => {
    const { clock, source, cache, caller } = await createStaleRig();
    source.take(60_000, 100);
    const served = cache.read(iccid, caller({ place: interactive }));
    await clock.advance(300);
    expect(await served).toMatchObject({ staleReason: 'REFRESHING' });
    const everybody = source.callers.at(-1);
    expect([everybody?.place, everybody?.deadlineMs, everybody?.hasOld]).toEqual([
      background,
      Number.POSITIVE_INFINITY,
      true,
    ]);
    await clock.advance(59_800);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
    expect(source.calls).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('is joined by one who comes later and has the same old reading, which moves it up among the others in the background', async () => {
    const { clock, source, cache, caller, events, watch } = await createStaleRig();
    source.take(60_000, 0);
    cache.read(iccid, caller({ place: interactive }));
    await clock.advance(10_000);
    const everybody = source.callers.at(-1);
    expect(everybody?.place).toEqual(background);
    const later = watch(cache.read(iccid, caller({ place: { lane: 'interactive', behind: 5 } })));
    expect(events.at(-1)).toEqual({ type: 'cache.join', iccid });
    await clock.advance(300);
    expect(later).toEqual({ told: { ...old, staleReason: 'REFRESHING' }, atMs: 10_300 });
    // Served twice by now, it goes before what was served once.
    expect(everybody?.place).toEqual({ lane: 'background', behind: -2 });
    expect(source.calls).toHaveLength(2);
  });

  it('is not dropped by a reader that goes away afterwards', async () => {
    const { clock, source, cache, caller } = await createStaleRig();
    const leaving = new AbortController();
    source.take(1_000, 0);
    const served = cache.read(iccid, caller({ signal: leaving.signal }));
    await clock.advance(300);
    await served;
    leaving.abort();
    await clock.advance(700);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
    expect(source.calls).toHaveLength(2);
  });

  it.each([
    { others: 0, isDropped: true },
    { others: 1, isDropped: false },
  ])('before that is dropped with a reader that goes away: $isDropped with $others others', async (given) => {
    const { clock, source, cache, caller, watch } = await createStaleRig();
    const leaving = new AbortController();
    source.take(200, 0);
    const left = watch(cache.read(iccid, caller({ signal: leaving.signal })));
    const staying = Array.from({ length: given.others }, () => watch(cache.read(iccid, caller())));
    await clock.advance(199);
    leaving.abort();
    await clock.advance(1);
    expect(left).toEqual({ told: new AbandonedError(), atMs: 199 });
    expect(source.callers.at(-1)?.signal?.aborted).toBe(given.isDropped);
    expect(staying).toEqual(staying.map(() => ({ told: readingOf(iccid, clock.now()), atMs: 200 })));
    expect(clock.pending).toBe(0);
  });
});
