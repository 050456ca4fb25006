import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifeOf, rememberedMs } from '../../src/cache/lifetimes.js';
import {
  AbandonedError,
  NotFoundError,
  RememberedError,
  ThrottledError,
  TimedOutError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
  type UpstreamFault,
} from '../../src/errors.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const memory = { notFoundMs: 300_000, random: () => 0 };

function fault(name: UpstreamFault, retryAfterMs?: number): UpstreamError {
  const options = { delivery: 'answered' } as const;
  return new UpstreamError(
    name,
    'detail',
    retryAfterMs === undefined ? options : { ...options, retryAfterMs },
  );
}

describe('life of a reading', () => {
  const reading = readingOf(iccidNumber(1), 1_000, { freshUntilMs: 2_000 });

  it.each([
    { nowMs: 1_000, staleMs: 5_000, life: 'fresh' },
    { nowMs: 1_999, staleMs: 5_000, life: 'fresh' },
    { nowMs: 2_000, staleMs: 5_000, life: 'stale' },
    { nowMs: 5_999, staleMs: 5_000, life: 'stale' },
    { nowMs: 6_000, staleMs: 5_000, life: 'expired' },
    { nowMs: 1_999, staleMs: 0, life: 'fresh' },
    { nowMs: 2_000, staleMs: 0, life: 'expired' },
    { nowMs: 2_000, staleMs: 1_000, life: 'expired' },
  ])(
    'fetched at 1000 and fresh until 2000 is $life at $nowMs if it may be $staleMs ms old',
    ({ life, ...at }) => {
      expect(lifeOf(reading, at.nowMs, at.staleMs)).toBe(life);
    },
  );
});

describe('memory of a failure', () => {
  it.each([
    ['not found', new NotFoundError(), 300_000],
    ['unreachable', fault('unreachable'), 1_000],
    ['failing', fault('failing'), 1_000],
    ['unanswered', fault('unanswered'), 0],
    ['protocol', fault('protocol'), 1_000],
    ['garbled', fault('garbled'), 30_000],
    ['unauthorized', new UnauthorizedError('refused', 'answered'), 60_000],
    ['forbidden', fault('forbidden'), 60_000],
    ['one that says when to come back', fault('failing', 7_000), 7_000],
    ['one that says when to come back, of a kind that is not remembered', fault('unanswered', 7_000), 7_000],
    ['one that says to come back at once', fault('failing', 0), 0],
    ['one that says to come back tomorrow', fault('garbled', 86_400_000), 60_000],
    [
      'throttled by the upstream, which is for the queue to remember',
      new TooManyRequestsError('iccid', 5_000),
      0,
    ],
    ['throttled by the gateway', new ThrottledError(5_000), 0],
    ['timed out', new TimedOutError(1_000), 0],
    ['abandoned', new AbandonedError(), 0],
    ['remembered elsewhere', new RememberedError(fault('failing'), 5_000), 0],
  ])('%s lasts as long as that deserves', (_kind, error, forMs) => {
    expect(rememberedMs(error, 1, memory)).toBe(forMs);
  });

  it.each(['unreachable', 'failing'] as const)('%s lasts twice as long each time, up to 30 s', (name) => {
    const failures = [1, 2, 3, 4, 5, 6, 7, 100, 5_000];
    expect(failures.map((inARow) => rememberedMs(fault(name), inARow, memory))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('lasts as long however often it happened, if it does not grow', () => {
    expect(rememberedMs(fault('garbled'), 9, memory)).toBe(30_000);
    expect(rememberedMs(new NotFoundError(), 9, memory)).toBe(300_000);
  });

  it('is shortened by up to a quarter where it grows, so that not all come back in step', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.integer({ min: 1, max: 40 }),
        (chance, inARow) => {
          const wholeMs = rememberedMs(fault('failing'), inARow, memory);
          const forMs = rememberedMs(fault('failing'), inARow, { ...memory, random: () => chance });
          expect(forMs / wholeMs).toBeCloseTo(1 - chance / 4);
        },
      ),
    );
  });
});
