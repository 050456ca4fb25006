import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComebacks } from '../../src/scheduler/comebacks.js';

const paceMs = 250;

describe('comebacks', () => {
  it('gives each a moment of its own, one after another', () => {
    const comebacks = createComebacks<string>(10);
    const moments = ['a', 'b', 'c'].map((key) => comebacks.book(key, 0, 1_000, paceMs));
    expect(moments).toEqual([1_000, 1_250, 1_500]);
  });

  it('gives nobody a moment before it could come', () => {
    const comebacks = createComebacks<string>(10);
    comebacks.book('a', 0, 1_000, paceMs);
    expect(comebacks.book('b', 0, 9_000, paceMs)).toBe(9_000);
    expect(comebacks.book('c', 0, 1_000, paceMs)).toBe(9_250);
  });

  it('leaves one that asks again too soon its moment, unless it could not come then any more', () => {
    const comebacks = createComebacks<string>(10);
    for (const key of ['a', 'b', 'c']) comebacks.book(key, 0, 1_000, paceMs);
    expect(comebacks.book('b', 500, 1_000, paceMs)).toBe(1_250);
    expect(comebacks.book('b', 500, 4_000, paceMs)).toBe(4_000);
    expect(comebacks.book('d', 500, 1_000, paceMs)).toBe(1_750);
  });

  it('does not send one to the end that came at its moment in vain, told in whole seconds', () => {
    const comebacks = createComebacks<string>(10);
    for (const key of ['a', 'b', 'c']) comebacks.book(key, 0, 1_000, paceMs);
    expect(comebacks.book('d', 1_999, 2_000, paceMs)).toBe(2_000);
    expect(comebacks.book('a', 2_000, 2_100, paceMs)).toBe(2_100);
    expect(comebacks.book('b', 2_000, 2_100, paceMs)).toBe(2_100);
  });

  it('begins anew for one that does not come at its moment', () => {
    const comebacks = createComebacks<string>(10);
    for (const key of ['a', 'b']) comebacks.book(key, 0, 1_000, paceMs);
    expect(comebacks.book('a', 3_000, 4_000, paceMs)).toBe(4_000);
    expect(comebacks.book('b', 3_000, 4_000, paceMs)).toBe(4_000);
    expect(comebacks.book('c', 3_000, 4_000, paceMs)).toBe(4_250);
  });

  it('begins anew for one that was let in', () => {
    const comebacks = createComebacks<string>(10);
    for (const key of ['a', 'b']) comebacks.book(key, 0, 1_000, paceMs);
    comebacks.release('a');
    expect(comebacks.book('a', 0, 1_000, paceMs)).toBe(1_500);
  });

  it('forgets how late it was once nobody is expected any more', () => {
    const comebacks = createComebacks<number>(100);
    for (let key = 0; key < 100; key += 1) comebacks.book(key, 0, 1_000, paceMs);
    for (let key = 0; key < 100; key += 1) comebacks.release(key);
    expect(comebacks.book(100, 0, 1_000, paceMs)).toBe(1_000);
  });

  it('begins anew for all once nobody waits', () => {
    const comebacks = createComebacks<string>(10);
    for (const key of ['a', 'b', 'c']) comebacks.book(key, 0, 1_000, paceMs);
    comebacks.clear();
    expect(comebacks.book('c', 0, 1_000, paceMs)).toBe(1_000);
    expect(comebacks.book('d', 0, 1_000, paceMs)).toBe(1_250);
  });

  it('I10 holds so many moments and no more, and tells all others the last one', () => {
    const comebacks = createComebacks<number>(3);
    const moments = [0, 1, 2, 3, 4].map((key) => comebacks.book(key, 0, 1_000, paceMs));
    expect(moments).toEqual([1_000, 1_250, 1_500, 1_500, 1_500]);
    expect(comebacks.book(1, 0, 1_000, paceMs)).toBe(1_250);
    comebacks.release(1);
    // Known to have no moment yet, because there was no room for one.
    expect(comebacks.book(4, 0, 1_000, paceMs)).toBe(1_750);
  });

  it('never gives more moments within a time than leave in it, however many ask and when', () => {
    const asking = fc.array(fc.record({ gapMs: fc.nat({ max: 500 }), afterMs: fc.nat({ max: 2_000 }) }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(asking, (asks) => {
        const comebacks = createComebacks<number>(1_000);
        let nowMs = 0;
        const moments = asks.map(({ gapMs, afterMs }, key) => {
          nowMs += gapMs;
          const atMs = comebacks.book(key, nowMs, nowMs + afterMs, paceMs);
          expect(atMs).toBeGreaterThanOrEqual(nowMs + afterMs);
          return { atMs, nowMs };
        });
        // Those that were expected at one time are that far apart.
        const close = moments.filter(({ atMs, nowMs: bookedMs }, index) =>
          moments
            .slice(0, index)
            .some((other) => other.atMs > bookedMs && Math.abs(other.atMs - atMs) < paceMs),
        );
        expect(close).toEqual([]);
      }),
    );
  });
});
