import { expect, it } from 'vitest';
import { createCacheRig } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);

it('a reading is at hand from when it is read until it ends, and looking at it is reported to nobody', async () => {
  const { cache, clock, events } = createCacheRig();
  expect(cache.peek(iccid, clock.now())).toBeNull();
  const reading = await cache.read(iccid, { deadlineMs: 9_000 });
  const reported = events.length;
  expect(cache.peek(iccid, clock.now())).toEqual(reading);
  expect(cache.peek(iccid, reading.freshUntilMs - 1)).toEqual(reading);
  expect(cache.peek(iccid, reading.freshUntilMs)).toBeNull();
  expect(events).toHaveLength(reported);
});

it('one that is taken is reported as a hit once for each operation, and one that the cache has let go meanwhile is not', async () => {
  const { cache, events } = createCacheRig();
  const reading = await cache.read(iccid, { deadlineMs: 9_000 });
  const reported = events.length;
  expect([1, 1, 2, 1].map((operation) => cache.take(reading, operation))).toEqual([true, false, true, true]);
  expect(cache.take(readingOf(iccidNumber(2), 1_000), 1)).toBe(true);
  expect(events.slice(reported)).toEqual(Array.from({ length: 3 }, () => ({ type: 'cache.hit', iccid })));
});
