import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import { AbandonedError, RememberedError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { EsimUsageStaleReason } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';
import { createFlights } from './flights.js';
import { lifeOf, rememberedMs } from './lifetimes.js';

export interface CacheOptions {
  /** Where a reading comes from that is not at hand. */
  readonly source: UsageSource;
  /** Most ICCIDs that are kept; the least recently asked go first. */
  readonly maxEntries: number;
  /** For how long after it was fetched a reading may still be served when no newer one can be had, in milliseconds. */
  readonly staleMs: number;
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** What is known of one ICCID: its newest reading, and how the attempts since have failed. */
interface Entry {
  readonly reading: UsageReading | null;
  readonly failure: Failure | null;
}

interface Failure {
  readonly error: UsageError;
  readonly untilMs: number;
  readonly inARow: number;
}

/**
 * Serves each reading while the upstream would only repeat it, and joins equal fetches. When no new reading can be had, an
 * old one is served with its `staleReason`; without one it rejects as `source` does, with `retryAfterMs` counted from now.
 */
export function createCache(options: CacheOptions): UsageSource {
  const { source, staleMs, clock, report } = options;
  const entries = new LRUCache<Iccid, Entry>({ max: options.maxEntries });
  const flights = createFlights(clock, fetchAndFill);

  async function read(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    const entry = entries.get(iccid);
    if (entry?.reading && lifeOf(entry.reading, clock.now(), staleMs) === 'fresh') {
      report({ type: 'cache.hit', iccid });
      return entry.reading;
    }
    const failure = entry?.failure;
    if (failure && clock.now() < failure.untilMs)
      return serveStale(iccid, new RememberedError(failure.error, failure.untilMs - clock.now()));
    report({ type: flights.has(iccid) ? 'cache.join' : 'cache.miss', iccid });
    try {
      return await flights.join(iccid, caller);
    } catch (error) {
      return serveStale(iccid, error);
    }
  }

  async function fetchAndFill(iccid: Iccid, everybody: Caller): Promise<UsageReading> {
    try {
      const reading = await source.read(iccid, everybody);
      entries.set(iccid, { reading, failure: null });
      report({ type: 'cache.fill', iccid });
      return reading;
    } catch (error) {
      throw error instanceof UsageError ? rememberFailure(iccid, error) : error;
    }
  }

  /** The error as the callers should see it: with the moment to come back, if it is remembered until then. */
  function rememberFailure(iccid: Iccid, error: UsageError): UsageError {
    const known = entries.peek(iccid);
    const inARow = (known?.failure?.inARow ?? 0) + 1;
    const forMs = rememberedMs(error, inARow, options);
    if (forMs === 0) return error;
    // An eSIM that the upstream no longer knows has no numbers, not even old ones.
    const reading = error.code === 'NOT_FOUND' ? null : (known?.reading ?? null);
    entries.set(iccid, { reading, failure: { error, untilMs: clock.now() + forMs, inARow } });
    report({ type: 'cache.failure', iccid, error, forMs });
    return new RememberedError(error, forMs);
  }

  function serveStale(iccid: Iccid, error: unknown): UsageReading {
    const reading = entries.peek(iccid)?.reading;
    const reason = staleReasonOf(error);
    if (!reading || reason === null || lifeOf(reading, clock.now(), staleMs) === 'expired') throw error;
    report({ type: 'cache.stale', iccid, reason });
    return { ...reading, staleReason: reason };
  }

  return { read };
}

/** Null when an old reading would not be the truth, or nobody would see it. */
function staleReasonOf(error: unknown): EsimUsageStaleReason | null {
  if (!(error instanceof UsageError) || error instanceof AbandonedError) return null;
  return error.code === 'NOT_FOUND' ? null : error.code;
}
