import type { Clock } from '../clock.js';
import { AbandonedError, RememberedError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { EsimUsageStaleReason } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';
import { createEntries, type Failure, type Known, nothing } from './entries.js';
import { createFlights } from './flights.js';
import { lifeOf, rememberedMs } from './lifetimes.js';
import { createRefreshAhead } from './refresh-ahead.js';

export interface CacheOptions {
  /** Where a reading comes from that is not at hand. */
  readonly source: UsageSource;
  /** Most ICCIDs that are kept; the least recently asked go first. */
  readonly maxEntries: number;
  /** Most readings of them that are kept as objects, too. */
  readonly maxObjects: number;
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
  const entries = createEntries({
    most: options.maxEntries,
    mostObjects: options.maxObjects,
    onEvict: refreshAhead.cancel,
  });
  const flights = createFlights<Iccid, UsageReading>({
    fetch: fetchAndFill,
    behind: (iccid) => -servedOf(iccid),
    clock,
  });

  function read(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    const entry = entries.find(iccid);
    if (entry === undefined) return fetchNew(iccid, caller);
    const reading = entries.readingOf(entry);
    if (reading !== null) return readAgain(iccid, caller, entry, reading);
    return tryAgain(iccid, caller, entries.failureOf(entry));
  }

  /** There is none, and the last attempt failed. */
  async function tryAgain(iccid: Iccid, caller: Caller, failure: Failure | null): Promise<UsageReading> {
    throwRemembered(failure);
    return fetchNew(iccid, caller);
  }

  /** There is a reading already. */
  async function readAgain(
    iccid: Iccid,
    caller: Caller,
    entry: number,
    reading: UsageReading,
  ): Promise<UsageReading> {
    const life = lifeOf(reading, clock.now(), staleMs);
    if (life === 'fresh') return serveFresh(iccid, entry, reading);
    entries.serve(entry);
    try {
      throwRemembered(entries.failureOf(entry));
      return life === 'stale' ? await renew(iccid, caller, reading) : await fetchNew(iccid, caller);
    } catch (error) {
      return serveStale(iccid, error);
    }
  }

  function serveFresh(iccid: Iccid, entry: number, reading: UsageReading): UsageReading {
    const served = entries.serve(entry);
    report({ type: 'cache.hit', iccid });
    if (served >= hotFrom && !entries.isPlanned(entry))
      entries.setPlanned(entry, planRefresh(iccid, reading));
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

  function throwRemembered(failure: Failure | null): void {
    if (failure === null) return;
    const retryAfterMs = failure.untilMs - clock.now();
    if (retryAfterMs > 0) throw new RememberedError(failure.error, retryAfterMs);
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
        keep(iccid, { ...nothing, reading });
        report({ type: 'cache.fill', iccid });
        return reading;
      },
      (error: unknown) => {
        throw error instanceof UsageError ? rememberFailure(iccid, error) : error;
      },
    );
  }

  function knownOf(iccid: Iccid): Known {
    const entry = entries.peek(iccid);
    if (entry === undefined) return nothing;
    return {
      reading: entries.readingOf(entry),
      failure: entries.failureOf(entry),
      served: entries.servedOf(entry),
    };
  }

  function servedOf(iccid: Iccid): number {
    const entry = entries.peek(iccid);
    return entry === undefined ? 0 : entries.servedOf(entry);
  }

  /** In place of what was known. */
  function keep(iccid: Iccid, known: Known): void {
    refreshAhead.cancel(iccid);
    entries.set(iccid, known);
  }

  function forget(iccid: Iccid): void {
    refreshAhead.cancel(iccid);
    entries.delete(iccid);
  }

  /** The error as the callers should see it: with the moment to come back, if it is remembered until then. */
  function rememberFailure(iccid: Iccid, error: UsageError): UsageError {
    // An eSIM that the upstream no longer knows has no numbers, not even old ones.
    if (error.code === 'NOT_FOUND') forget(iccid);
    const known = knownOf(iccid);
    const inARow = (known.failure?.inARow ?? 0) + 1;
    const forMs = rememberedMs(error, inARow, options);
    if (forMs === 0) return error;
    keep(iccid, { ...known, failure: { error, untilMs: clock.now() + forMs, inARow } });
    report({ type: 'cache.failure', iccid, error, forMs });
    return new RememberedError(error, forMs);
  }

  /** Looks again at what is at hand: the eSIM may be known not to exist by now, or its reading have become too old. */
  function serveStale(iccid: Iccid, error: unknown): UsageReading {
    const { reading } = knownOf(iccid);
    const reason = staleReasonOf(error);
    if (reading === null || reason === null || lifeOf(reading, clock.now(), staleMs) === 'expired')
      throw error;
    return stale(iccid, reading, reason);
  }

  function stale(iccid: Iccid, reading: UsageReading, reason: EsimUsageStaleReason): UsageReading {
    report({ type: 'cache.stale', iccid, reason });
    return { ...reading, staleReason: reason };
  }

  return {
    read,
    peek(text, nowMs) {
      const entry = entries.peek(text);
      const reading = entry === undefined ? null : entries.readingOf(entry);
      return reading !== null && lifeOf(reading, nowMs, staleMs) === 'fresh' ? reading : null;
    },
    take(reading, operation) {
      const entry = entries.find(reading.iccid);
      if (entry === undefined) return true;
      if (!entries.take(entry, operation)) return false;
      serveFresh(reading.iccid, entry, reading);
      return true;
    },
    learn(old) {
      const known = knownOf(old.iccid);
      if (known.reading !== null && known.reading.fetchedAtMs >= old.fetchedAtMs) return;
      keep(old.iccid, { ...known, reading: old });
    },
    size: entries.size,
    close: refreshAhead.close,
  };
}

/** Null when an old reading would not be the truth, or nobody would see it. */
function staleReasonOf(error: unknown): EsimUsageStaleReason | null {
  if (!(error instanceof UsageError) || error instanceof AbandonedError) return null;
  return error.code === 'NOT_FOUND' ? null : error.code;
}
