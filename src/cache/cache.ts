import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import { AbandonedError, RememberedError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { EsimUsageStaleReason } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';
import { createFlights } from './flights.js';
import { lifeOf, rememberedMs } from './lifetimes.js';
import { createRefreshAhead } from './refresh-ahead.js';

export interface CacheOptions {
  /** Where a reading comes from that is not at hand. */
  readonly source: UsageSource;
  /** Most ICCIDs that are kept; the least recently asked go first. */
  readonly maxEntries: number;
  /** For how long after it was fetched a reading may still be served when no newer one can be had, in milliseconds. */
  readonly staleMs: number;
  /** For how long a caller waits for a new reading when an old one is at hand, in milliseconds. */
  readonly softWaitMs: number;
  /** Most readings that are fetched again without being asked for. */
  readonly maxHot: number;
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
  readonly clock: Clock;
  readonly report: Report;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** A source that keeps what it has read. */
export interface Cache extends UsageSource {
  /** The reading of that text's eSIM that is fresh at that moment. Null when there is none, as of what is no ICCID. Only looks: it counts for nothing. */
  peek(text: string, nowMs: number): UsageReading | null;
  /**
   * Counts that as `read` would that served it at once, for the operation of that number. False if that has been done for it: numbers are
   * to be told apart from those before only.
   */
  take(reading: UsageReading, operation: number): boolean;
  /** Keeps a reading that is not fresh any more, if none as new is at hand, for when no newer one can be had. */
  learn(old: UsageReading): void;
  /** Of how many ICCIDs something is kept. */
  size(): number;
  /** Fetches nothing any more that nobody asks for. */
  close(): void;
}

/** What is known of one ICCID: its newest reading, and how the attempts since have failed. */
class Entry {
  readonly reading: UsageReading | null;
  readonly failure: Failure | null;
  /** How often the reading was served. */
  served: number;
  /** The number of the operation that took it last. */
  takenBy = -1;
  /** Whether it is known to be fetched again. */
  isPlanned = false;

  constructor(reading: UsageReading | null, failure: Failure | null, served: number) {
    this.reading = reading;
    this.failure = failure;
    this.served = served;
  }
}

interface Failure {
  readonly error: UsageError;
  readonly untilMs: number;
  readonly inARow: number;
}

/** A reading that was served this often will be wanted again. */
const hotFrom = 2;
/** How long after the upstream's own cache has turned over a hot reading is fetched: sooner could bring the old one again. */
const afterTurnoverMs = { least: 1_000, spread: 1_000 };

/**
 * Serves each reading while the upstream would only repeat it, and joins equal fetches. Serves an old one after a short wait
 * while a new one is fetched, and at once when none can be had: with its `staleReason`. Without one it rejects as `source`
 * does, with `retryAfterMs` counted from now.
 */
export function createCache(options: CacheOptions): Cache {
  const { source, staleMs, clock, report, random } = options;
  const refreshAhead = createRefreshAhead<Iccid>({ most: options.maxHot, refresh, clock });
  /** By their ICCIDs. */
  const entries = new LRUCache<string, Entry>({
    max: options.maxEntries,
    dispose({ reading }) {
      if (reading !== null) refreshAhead.cancel(reading.iccid);
    },
  });
  const flights = createFlights<Iccid, UsageReading>({
    fetch: fetchAndFill,
    behind: (iccid) => -(entries.peek(iccid)?.served ?? 0),
    clock,
  });

  function read(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    const entry = entries.get(iccid);
    if (entry?.reading) return readAgain(iccid, caller, entry, entry.reading);
    if (entry?.failure) return tryAgain(iccid, caller, entry.failure);
    return fetchNew(iccid, caller);
  }

  /** There is none, and the last attempt failed. */
  async function tryAgain(iccid: Iccid, caller: Caller, failure: Failure): Promise<UsageReading> {
    throwRemembered(failure);
    return fetchNew(iccid, caller);
  }

  /** There is a reading already. */
  async function readAgain(
    iccid: Iccid,
    caller: Caller,
    entry: Entry,
    reading: UsageReading,
  ): Promise<UsageReading> {
    const life = lifeOf(reading, clock.now(), staleMs);
    if (life === 'fresh') return serveFresh(iccid, entry, reading);
    entry.served += 1;
    try {
      if (entry.failure) throwRemembered(entry.failure);
      return life === 'stale' ? await renew(iccid, caller, reading) : await fetchNew(iccid, caller);
    } catch (error) {
      return serveStale(iccid, error);
    }
  }

  function serveFresh(iccid: Iccid, entry: Entry, reading: UsageReading): UsageReading {
    entry.served += 1;
    report({ type: 'cache.hit', iccid });
    if (entry.served >= hotFrom && !entry.isPlanned) entry.isPlanned = planRefresh(iccid, reading);
    return reading;
  }

  /** The new reading if it comes soon, and else the old one while it is on its way. */
  async function renew(iccid: Iccid, caller: Caller, reading: UsageReading): Promise<UsageReading> {
    reportFetch(iccid);
    const renewed = await flights.joinFor(options.softWaitMs, iccid, caller);
    if (renewed !== null) return renewed;
    // Timers are late, never early: it may have become too old to serve meanwhile.
    const isStale = lifeOf(reading, clock.now(), staleMs) === 'stale';
    return isStale ? stale(iccid, reading, 'REFRESHING') : read(iccid, caller);
  }

  function fetchNew(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    reportFetch(iccid);
    // An old reading may turn up on the way.
    return flights.join(iccid, caller).catch((error: unknown) => serveStale(iccid, error));
  }

  function reportFetch(iccid: Iccid): void {
    report({ type: flights.has(iccid) ? 'cache.join' : 'cache.miss', iccid });
  }

  function throwRemembered({ error, untilMs }: Failure): void {
    const retryAfterMs = untilMs - clock.now();
    if (retryAfterMs > 0) throw new RememberedError(error, retryAfterMs);
  }

  function planRefresh(iccid: Iccid, { freshUntilMs }: UsageReading): boolean {
    const atMs = freshUntilMs + afterTurnoverMs.least + random() * afterTurnoverMs.spread;
    return refreshAhead.plan(iccid, atMs);
  }

  function refresh(iccid: Iccid): void {
    if (flights.has(iccid)) return;
    report({ type: 'cache.refresh', iccid });
    flights.start(iccid);
  }

  function fetchAndFill(iccid: Iccid, everybody: Caller): Promise<UsageReading> {
    return source.read(iccid, everybody).then(
      (reading) => {
        entries.set(iccid, new Entry(reading, null, 0));
        report({ type: 'cache.fill', iccid });
        return reading;
      },
      (error: unknown) => {
        throw error instanceof UsageError ? rememberFailure(iccid, error) : error;
      },
    );
  }

  /** The error as the callers should see it: with the moment to come back, if it is remembered until then. */
  function rememberFailure(iccid: Iccid, error: UsageError): UsageError {
    // An eSIM that the upstream no longer knows has no numbers, not even old ones.
    if (error.code === 'NOT_FOUND') entries.delete(iccid);
    const { reading = null, failure = null, served = 0 } = entries.peek(iccid) ?? {};
    const inARow = (failure?.inARow ?? 0) + 1;
    const forMs = rememberedMs(error, inARow, options);
    if (forMs === 0) return error;
    entries.set(iccid, new Entry(reading, { error, untilMs: clock.now() + forMs, inARow }, served));
    report({ type: 'cache.failure', iccid, error, forMs });
    return new RememberedError(error, forMs);
  }

  /** Looks again at what is at hand: the eSIM may be known not to exist by now, or its reading have become too old. */
  function serveStale(iccid: Iccid, error: unknown): UsageReading {
    const reading = entries.peek(iccid)?.reading;
    const reason = staleReasonOf(error);
    if (!reading || reason === null || lifeOf(reading, clock.now(), staleMs) === 'expired') throw error;
    return stale(iccid, reading, reason);
  }

  function stale(iccid: Iccid, reading: UsageReading, reason: EsimUsageStaleReason): UsageReading {
    report({ type: 'cache.stale', iccid, reason });
    return { ...reading, staleReason: reason };
  }

  return {
    read,
    peek(text, nowMs) {
      const reading = entries.peek(text)?.reading ?? null;
      return reading !== null && lifeOf(reading, nowMs, staleMs) === 'fresh' ? reading : null;
    },
    take(reading, operation) {
      const entry = entries.get(reading.iccid);
      if (entry === undefined) return true;
      if (entry.takenBy === operation) return false;
      entry.takenBy = operation;
      serveFresh(reading.iccid, entry, reading);
      return true;
    },
    learn(old) {
      const { reading = null, failure = null, served = 0 } = entries.peek(old.iccid) ?? {};
      if (reading !== null && reading.fetchedAtMs >= old.fetchedAtMs) return;
      entries.set(old.iccid, new Entry(old, failure, served));
    },
    size: () => entries.size,
    close: refreshAhead.close,
  };
}

/** Null when an old reading would not be the truth, or nobody would see it. */
function staleReasonOf(error: unknown): EsimUsageStaleReason | null {
  if (!(error instanceof UsageError) || error instanceof AbandonedError) return null;
  return error.code === 'NOT_FOUND' ? null : error.code;
}
