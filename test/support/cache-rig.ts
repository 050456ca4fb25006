import { type Cache, type CacheOptions, createCache } from '../../src/cache/cache.js';
import type { UsageEvent } from '../../src/events.js';
import type { Caller } from '../../src/usage.js';
import { type BendableSource, createBendableSource } from './bendable-source.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

export interface CacheRig {
  readonly clock: ManualClock;
  readonly source: BendableSource;
  readonly cache: Cache;
  readonly events: UsageEvent[];
  /** Someone who waits for 8 s from now, if not otherwise. */
  caller(otherwise?: Partial<Caller>): Caller;
}

export const minuteMs = 60_000;
export const staleMs = 24 * 60 * minuteMs;
export const notFoundMs = 5 * minuteMs;
export const softWaitMs = 300;

/** A cache in front of a source that a test bends, without jitter unless said otherwise. */
export function createCacheRig(options: Partial<CacheOptions> = {}): CacheRig {
  const clock = createManualClock();
  const source = createBendableSource(clock);
  const events: UsageEvent[] = [];
  const cache = createCache({
    source,
    maxEntries: 100,
    maxObjects: 1,
    staleMs,
    softWaitMs,
    maxHot: 100,
    notFoundMs,
    clock,
    report: (event) => events.push(event),
    random: () => 0,
    ...options,
  });
  return {
    clock,
    source,
    cache,
    events,
    caller: (otherwise) => ({ deadlineMs: clock.now() + 8_000, ...otherwise }),
  };
}
