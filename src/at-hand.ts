import type { Clock } from './clock.js';
import { type CacheHint, keptSeconds } from './context.js';
import type { AnswerKind, Report } from './events.js';
import type { Authorize, UsageReading } from './usage.js';

export interface AtHandOptions<Request> {
  readonly cache: {
    /** The reading of that text's eSIM that is fresh at that moment, without a trace of who looked. Null of what is no ICCID. */
    peek(text: string, nowMs: number): UsageReading | null;
    /** That was served to the operation of that number. False if it had been served to it. */
    take(reading: UsageReading, operation: number): boolean;
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

/** The texts that one field of an operation names, each as often as it does. */
export interface Named {
  readonly texts: readonly string[];
  /** Whether a gateway names them, on behalf of other subgraphs. */
  readonly isReference: boolean;
}

/** Fresh readings of all that an operation names. Nothing has happened yet that depends on whether they are served. */
export interface FreshReadings {
  /** For each field that of each text, in their orders. */
  readonly byField: readonly (readonly UsageReading[])[];
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
  fresh(named: readonly Named[], request: Request | undefined): FreshReadings | null;
  /** The calendar's time of a moment of a reading. */
  toDate(atMs: number): Date;
  readonly names: ReadingNames;
}

/** Numbers of operations are kept as what fits into a pointer. */
const differentNumbers = 2 ** 30;

/** Looks into the cache without an operation. */
export function createAtHand<Request>(options: AtHandOptions<Request>): AtHand<Request> {
  const { cache, clock, report, authorize } = options;
  let mustWait = false;
  let operation = 0;

  function maySeeAll(named: readonly Named[], request: Request | undefined): boolean {
    if (authorize === undefined) return true;
    if (mustWait) return false;
    const texts = new Set<string>();
    for (const field of named) for (const text of field.texts) texts.add(text);
    const allowed = authorize([...texts], request);
    mustWait = isPromise(allowed);
    if (isPromise(allowed)) {
      // Its answer is for nobody.
      Promise.resolve(allowed).catch(() => undefined);
      return false;
    }
    const set = new Set(allowed);
    return [...texts].every((text) => set.has(text));
  }

  function readAll({ texts }: Named, nowMs: number): UsageReading[] | null {
    const readings: UsageReading[] = [];
    for (const text of texts) {
      const reading = cache.peek(text, nowMs);
      if (reading === null) return null;
      readings.push(reading);
    }
    return readings;
  }

  /** With repeats, so that it need not be counted how many are different. */
  function isTooMuch(named: readonly Named[]): boolean {
    let [asked, referred] = [0, 0];
    for (const { texts, isReference } of named)
      if (isReference) referred += texts.length;
      else asked += texts.length;
    return asked > options.maxIccids || referred > options.maxReferences || asked + referred === 0;
  }

  return {
    names: options.names,
    toDate: clock.toDate,
    fresh(named, request) {
      if (isTooMuch(named)) return null;
      const nowMs = clock.now();
      const byField: UsageReading[][] = [];
      let maxAge = Number.POSITIVE_INFINITY;
      for (const field of named) {
        const readings = readAll(field, nowMs);
        if (readings === null) return null;
        byField.push(readings);
        maxAge = Math.min(
          maxAge,
          secondsLeft(readings, nowMs),
          field.isReference ? keptSeconds.permanent : Number.POSITIVE_INFINITY,
        );
      }
      // What Apollo Server would call not to be kept at all.
      if (maxAge < 1 || !maySeeAll(named, request)) return null;
      return {
        byField,
        hint: { maxAge, scope: options.cacheScope },
        take() {
          operation = (operation + 1) % differentNumbers;
          let different = 0;
          for (const readings of byField)
            for (const reading of readings)
              if (cache.take(reading, operation)) {
                different += 1;
                report({ type: 'loader.answer', iccid: reading.iccid, answer: 'cache' });
              }
          return new Map([['cache', different]]);
        },
      };
    },
  };
}

function secondsLeft(readings: readonly UsageReading[], nowMs: number): number {
  let endMs = Number.POSITIVE_INFINITY;
  for (const { freshUntilMs } of readings) endMs = Math.min(endMs, freshUntilMs);
  return Math.floor((endMs - nowMs) / 1_000);
}

function isPromise<Value>(
  value: Iterable<Value> | PromiseLike<Iterable<Value>>,
): value is PromiseLike<Iterable<Value>> {
  return 'then' in Object(value);
}
