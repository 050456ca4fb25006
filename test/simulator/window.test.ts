import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createWindow,
  type WindowKind,
  type WindowOptions,
  windowKinds,
} from '../../src/simulator/window.js';

const limit = fc.record({
  requests: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.integer({ min: 2, max: 40 }),
});
const anyKind = fc.constantFrom(...windowKinds);

/** Times that never decrease, often equal, within a few windows of each other. */
const timesMs = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 80 }).map((gapsMs) => {
  let nowMs = 1000;
  return gapsMs.map((gapMs) => {
    nowMs += gapMs;
    return nowMs;
  });
});

function admittedTimes(options: WindowOptions, hitsMs: readonly number[]): number[] {
  const window = createWindow(options);
  return hitsMs.filter((hitMs) => window.hit(hitMs) === 0);
}

/** The most times that fall into any stretch as long as the window. */
function mostInAnyStretch(times: readonly number[], windowMs: number): number {
  const counts = times.map(
    (fromMs, index) => times.slice(index).filter((atMs) => atMs - fromMs < windowMs).length,
  );
  return Math.max(0, ...counts);
}

describe('window', () => {
  it.each<{ kind: WindowKind; most: (requests: number) => number; title: string }>([
    { kind: 'sliding', most: (requests) => requests, title: 'N' },
    { kind: 'anchored', most: (requests) => 2 * requests - 1, title: '2N - 1' },
    { kind: 'aligned', most: (requests) => 2 * requests, title: '2N' },
  ])('$kind never admits more than $title in any stretch as long as the window', ({ kind, most }) => {
    fc.assert(
      fc.property(limit, timesMs, ({ requests, windowMs }, hitsMs) => {
        const admitted = admittedTimes({ kind, requests, windowMs }, hitsMs);
        expect(mostInAnyStretch(admitted, windowMs)).toBeLessThanOrEqual(most(requests));
      }),
    );
  });

  it.each<{ kind: WindowKind; hitsMs: number[] }>([
    { kind: 'sliding', hitsMs: [999, 999, 999] },
    { kind: 'anchored', hitsMs: [0, 999, 999, 1000, 1000, 1000] },
    { kind: 'aligned', hitsMs: [999, 999, 999, 1000, 1000, 1000] },
  ])(
    '$kind admits the unlucky burst $hitsMs of a limit of 3 per 1000 ms, and not one more',
    ({ kind, hitsMs }) => {
      const options: WindowOptions = { kind, requests: 3, windowMs: 1000 };
      expect(admittedTimes(options, [...hitsMs, ...hitsMs.slice(-1)])).toEqual(hitsMs);
    },
  );

  it('aligned admits the first N between two multiples of its length', () => {
    fc.assert(
      fc.property(limit, timesMs, ({ requests, windowMs }, hitsMs) => {
        const startOf = (atMs: number) => Math.floor(atMs / windowMs);
        const isAmongFirst = (hitMs: number, index: number) =>
          hitsMs.slice(0, index).filter((atMs) => startOf(atMs) === startOf(hitMs)).length < requests;
        const expected = hitsMs.filter(isAmongFirst);
        expect(admittedTimes({ kind: 'aligned', requests, windowMs }, hitsMs)).toEqual(expected);
      }),
    );
  });

  it('of any kind never refuses a client that keeps to N in any stretch as long as the window', () => {
    fc.assert(
      fc.property(anyKind, limit, timesMs, (kind, { requests, windowMs }, wishesMs) => {
        const hitsMs: number[] = [];
        for (const wishMs of wishesMs) {
          const earliestMs = (hitsMs.at(-requests) ?? Number.NEGATIVE_INFINITY) + windowMs;
          hitsMs.push(Math.max(wishMs, hitsMs.length < requests ? 0 : earliestMs));
        }
        expect(admittedTimes({ kind, requests, windowMs }, hitsMs)).toEqual(hitsMs);
      }),
    );
  });

  it('of any kind admits the next hit exactly when the wait it named is over', () => {
    fc.assert(
      fc.property(anyKind, limit, timesMs, (kind, { requests, windowMs }, hitsMs) => {
        const lastMs = hitsMs.at(-1) ?? 0;
        const waitAfterHits = (...moreMs: number[]) => {
          const window = createWindow({ kind, requests, windowMs });
          return [...hitsMs, ...moreMs].map((hitMs) => window.hit(hitMs)).at(-1) ?? 0;
        };
        const waitMs = waitAfterHits();
        fc.pre(waitMs > 0);
        expect(waitAfterHits(lastMs + waitMs)).toBe(0);
        expect(waitAfterHits(lastMs + waitMs - 1)).toBeGreaterThan(0);
      }),
    );
  });

  it('sliding counts refused hits, so a client that never pauses is never admitted again', () => {
    const everyTenthOfASecond = Array.from({ length: 50 }, (_, index) => index * 100);
    expect(admittedTimes({ kind: 'sliding', requests: 2, windowMs: 1000 }, everyTenthOfASecond)).toEqual([
      0, 100,
    ]);
  });

  it('of any kind admits all when the limit is Infinity', () => {
    fc.assert(
      fc.property(anyKind, timesMs, (kind, hitsMs) => {
        const options: WindowOptions = { kind, requests: Number.POSITIVE_INFINITY, windowMs: 1000 };
        expect(admittedTimes(options, hitsMs)).toEqual(hitsMs);
      }),
    );
  });
});
