import { describe, expect, it } from 'vitest';
import { createDistinct } from '../../src/metrics/distinct.js';
import { createManualClock } from '../support/manual-clock.js';

const windowMs = 60_000;
const sliceMs = windowMs / 60;

describe('a count of different keys', () => {
  it('counts each once, however often it comes', () => {
    const distinct = createDistinct<string>({ windowMs, most: 10, clock: createManualClock() });
    expect(distinct.count()).toBe(0);
    for (const key of ['a', 'b', 'a', 'c', 'a']) distinct.add(key);
    expect(distinct.count()).toBe(3);
  });

  it('counts one for a window after it came last, and not for more than a sixtieth longer', async () => {
    const clock = createManualClock();
    const distinct = createDistinct<string>({ windowMs, most: 10, clock });
    distinct.add('a');
    await clock.advance(windowMs / 2);
    distinct.add('a');
    await clock.advance(windowMs);
    expect(distinct.count()).toBe(1);
    await clock.advance(sliceMs);
    expect(distinct.count()).toBe(0);
  });

  it('tells no more apart than it may hold, and has room again when some are past', async () => {
    const clock = createManualClock();
    const distinct = createDistinct<string>({ windowMs, most: 2, clock });
    for (const key of ['a', 'b', 'c']) distinct.add(key);
    expect(distinct.count()).toBe(2);
    await clock.advance(windowMs / 2);
    distinct.add('b');
    await clock.advance(windowMs / 2 + sliceMs);
    distinct.add('c');
    expect(distinct.count()).toBe(2);
  });

  it('has room again for as many as are past, however many it holds', async () => {
    const clock = createManualClock();
    const distinct = createDistinct<number>({ windowMs, most: 1_000, clock });
    for (let key = 0; key < 1_000; key += 1) distinct.add(key);
    await clock.advance(windowMs / 2);
    for (let key = 0; key < 999; key += 1) distinct.add(key);
    await clock.advance(windowMs / 2 + sliceMs);
    // The last that it would come to is the only one that is past.
    distinct.add(1_000);
    distinct.add(1_001);
    expect(distinct.count()).toBe(1_000);
    await clock.advance(windowMs / 2);
    expect(distinct.count()).toBe(1);
  });

  it('of no window at all holds no more either', () => {
    const distinct = createDistinct<number>({ windowMs: 0, most: 2, clock: createManualClock() });
    for (const key of [1, 2, 3]) distinct.add(key);
    expect(distinct.count()).toBe(2);
  });
});
