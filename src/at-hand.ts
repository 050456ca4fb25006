import type { Clock } from './clock.js';
import { type CacheHint, keptSeconds } from './context.js';
import type { AnswerKind, Report } from './events.js';
import { type Iccid, isIccid } from './iccid.js';
import type { Authorize, UsageReading } from './usage.js';

export interface AtHandOptions<Request> {
  readonly cache: {
    /** A reading that is fresh at that moment, without a trace of who looked. */
    peek(iccid: Iccid, nowMs: number): UsageReading | null;
    /** That was served. */
    take(reading: UsageReading): void;
  };
  /** By what names the schema knows what is read. */
  readonly names: ReadingNames;
  readonly clock: Clock;
  readonly report: Report;
  readonly maxIccids: number;
  readonly maxReferences: number;
  readonly cacheScope: CacheHint['scope'];
  /**
   * Who may see what. One that has to wait is never asked again.
   * @default everybody everything
   */
  readonly authorize?: Authorize<Request> | undefined;
}

/** The texts that an operation names, each as often as it does. */
export interface Named {
  /** By itself. */
  readonly asked: readonly string[];
  /** As a gateway, on behalf of other subgraphs. */
  readonly referred: readonly string[];
}

/** Fresh readings of all that an operation names. Nothing has happened yet that depends on whether they are served. */
export interface FreshReadings {
  readonly byIccid: ReadonlyMap<string, UsageReading>;
  /** For how long an answer of them may be kept. */
  readonly hint: CacheHint;
  /** They are served: what the cache does and the events tell is as if the operation's loader had read them. Tells how many answers of each kind. */
  take(): ReadonlyMap<AnswerKind, number>;
}

/** The names of types and fields of a schema that is fitted to what is there. */
export interface ReadingNames {
  readonly reading: string;
  readonly freshness: string;
  readonly entity: string;
  readonly entityKey: string;
}

/** What can be answered without waiting. */
export interface AtHand<Request> {
  /**
   * The readings of an operation that names these texts, if each is an ICCID, the request may see it and its reading is fresh in the cache.
   * Null where anything of that is not so, or nobody can tell at once, or the operation may be too large: the loader then finds out.
   */
  fresh(named: Named, request: Request | undefined): FreshReadings | null;
  /** The calendar's time of a moment of a reading. */
  toDate(atMs: number): Date;
  readonly names: ReadingNames;
}

/** Looks into the cache without an operation. */
export function createAtHand<Request>(options: AtHandOptions<Request>): AtHand<Request> {
  const { cache, clock, report, authorize } = options;
  let mustWait = false;

  function maySeeAll(iccids: readonly Iccid[], request: Request | undefined): boolean {
    if (authorize === undefined) return true;
    if (mustWait) return false;
    const allowed = authorize(iccids, request);
    mustWait = isPromise(allowed);
    if (isPromise(allowed)) {
      // Its answer is for nobody.
      Promise.resolve(allowed).catch(() => undefined);
      return false;
    }
    const set = new Set(allowed);
    return iccids.every((iccid) => set.has(iccid));
  }

  function readAll({ asked, referred }: Named, nowMs: number): Map<Iccid, UsageReading> | null {
    const readings = new Map<Iccid, UsageReading>();
    for (const texts of [asked, referred])
      for (const text of texts) {
        const reading = isIccid(text) ? cache.peek(text, nowMs) : null;
        if (reading === null) return null;
        readings.set(reading.iccid, reading);
      }
    return readings;
  }

  return {
    names: options.names,
    toDate: clock.toDate,
    fresh(named, request) {
      // With repeats, so that it need not be counted how many are different.
      if (named.asked.length > options.maxIccids || named.referred.length > options.maxReferences)
        return null;
      const nowMs = clock.now();
      const byIccid = readAll(named, nowMs);
      if (byIccid === null || byIccid.size === 0 || !maySeeAll([...byIccid.keys()], request)) return null;
      const maxAge = Math.min(
        secondsLeft(byIccid.values(), nowMs),
        named.referred.length > 0 ? keptSeconds.permanent : Number.POSITIVE_INFINITY,
      );
      // What Apollo Server would call not to be kept at all.
      if (maxAge < 1) return null;
      return {
        byIccid,
        hint: { maxAge, scope: options.cacheScope },
        take() {
          for (const [iccid, reading] of byIccid) {
            cache.take(reading);
            report({ type: 'loader.answer', iccid, answer: 'cache' });
          }
          return new Map([['cache', byIccid.size]]);
        },
      };
    },
  };
}

function secondsLeft(readings: Iterable<UsageReading>, nowMs: number): number {
  let endMs = Number.POSITIVE_INFINITY;
  for (const { freshUntilMs } of readings) endMs = Math.min(endMs, freshUntilMs);
  return Math.floor((endMs - nowMs) / 1_000);
}

function isPromise<Value>(
  value: Iterable<Value> | PromiseLike<Iterable<Value>>,
): value is PromiseLike<Iterable<Value>> {
  return 'then' in Object(value);
}
