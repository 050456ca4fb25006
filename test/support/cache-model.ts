import { ThrottledError, type UsageError } from '../../src/errors.js';

/** What the upstream can come to, in words of the contract: for how long that counts, and what a client is told. */
export interface Outcome {
  readonly name: string;
  readonly error: UsageError | TypeError | null;
  /** How long the reading is fresh, or the `inARow`-th failure remembered. */
  readonly forMs: (inARow: number) => number;
  /** What a client is told of a failure. Null for a bug. */
  readonly code: 'NOT_FOUND' | 'THROTTLED' | 'TIMED_OUT' | 'UNAVAILABLE' | null;
}

/** What a fetch that begins now comes to, and when. */
export interface Bend {
  readonly outcome: Outcome;
  readonly turnMs: number;
  readonly answerMs: number;
}

export interface CacheModelOptions {
  readonly staleMs: number;
  readonly softWaitMs: number;
  readonly maxHot: number;
  /** How long after a hot reading has ended it is fetched again. */
  readonly aheadMs: number;
  readonly bend: () => Bend;
}

interface Answer {
  readonly words: string;
  readonly atMs: number;
}

/** The whole contract of the cache, for one reader at a time. */
export interface CacheModel {
  /** Everything that happens by itself until then. */
  advance(untilMs: number): void;
  /** What a reader is told who comes at that moment and waits for so long, and when. */
  read(index: number, nowMs: number, patienceMs: number): Answer;
  /** Which ICCIDs were fetched, oldest first. */
  readonly calls: readonly number[];
  /** Every moment at which something known will change by itself. */
  boundariesMs(): number[];
}

interface Flight {
  readonly outcome: Outcome;
  readonly sentMs: number;
  readonly landsMs: number;
  /** Since when it is certain that it lands: of two things at one moment, what was set first comes first. */
  readonly setMs: number;
  isKept: boolean;
}

interface Known {
  reading: { readonly fetchedAtMs: number; readonly freshUntilMs: number } | null;
  failure: { readonly outcome: Outcome; readonly untilMs: number } | null;
  inARow: number;
  served: number;
  flight: Flight | null;
  plannedMs: number | null;
}

/** Someone who waits for a fetch. */
interface Waiting {
  readonly index: number;
  readonly deadlineMs: number;
  /** When to be content with what is old. */
  readonly softMs: number;
  /** Whether the fetch was bound to land before this one came. */
  readonly isSecond: boolean;
}

const nothing = { reading: null, failure: null, inARow: 0, served: 0 };

/** A model that knows nothing yet. */
export function createCacheModel(options: CacheModelOptions): CacheModel {
  const all = new Map<number, Known>();
  const calls: number[] = [];

  function of(index: number): Known {
    const known = all.get(index) ?? { ...nothing, flight: null, plannedMs: null };
    all.set(index, known);
    return known;
  }

  function depart(index: number, nowMs: number, isKept: boolean): Flight {
    const { outcome, turnMs, answerMs } = options.bend();
    const sentMs = nowMs + turnMs;
    const setMs = answerMs > 0 ? sentMs : nowMs;
    calls.push(index);
    const flight = { outcome, sentMs, landsMs: sentMs + answerMs, setMs, isKept };
    of(index).flight = flight;
    return flight;
  }

  function land(known: Known, { outcome, landsMs }: Flight): void {
    known.flight = null;
    const forMs = outcome.forMs(known.inARow + 1);
    if (outcome.error === null) {
      const reading = { fetchedAtMs: landsMs, freshUntilMs: landsMs + forMs };
      Object.assign(known, { ...nothing, reading, plannedMs: null });
      return;
    }
    if (outcome.code === 'NOT_FOUND') Object.assign(known, { ...nothing, plannedMs: null });
    if (forMs === 0) return;
    known.inARow += 1;
    known.failure = { outcome, untilMs: landsMs + forMs };
    known.plannedMs = null;
  }

  function advance(untilMs: number): void {
    for (;;) {
      const events = [...all].flatMap(([index, known]) => [
        { atMs: known.plannedMs, happen: () => refresh(index, known) },
        { atMs: known.flight?.landsMs ?? null, happen: () => known.flight && land(known, known.flight) },
      ]);
      const due = events.flatMap(({ atMs, happen }) =>
        atMs !== null && atMs <= untilMs ? [{ atMs, happen }] : [],
      );
      const [first] = due.sort((a, b) => a.atMs - b.atMs);
      if (first === undefined) return;
      first.happen();
    }
  }

  function refresh(index: number, known: Known): void {
    const nowMs = known.plannedMs ?? 0;
    known.plannedMs = null;
    if (known.flight === null) depart(index, nowMs, true);
  }

  function plan(known: Known, freshUntilMs: number): void {
    const planned = [...all.values()].filter(({ plannedMs }) => plannedMs !== null);
    if (known.served >= 2 && planned.length < options.maxHot)
      known.plannedMs ??= freshUntilMs + options.aheadMs;
  }

  function read(index: number, nowMs: number, patienceMs: number, isAgain = false): Answer {
    const known = of(index);
    const { reading, failure } = known;
    if (reading !== null) known.served += 1;
    if (reading !== null && nowMs < reading.freshUntilMs) {
      plan(known, reading.freshUntilMs);
      return { words: `reading of ${reading.fetchedAtMs}`, atMs: nowMs };
    }
    if (failure !== null && nowMs < failure.untilMs)
      return { words: fail(known, failure.outcome, nowMs, failure.untilMs - nowMs), atMs: nowMs };
    const isStale = reading !== null && nowMs < reading.fetchedAtMs + options.staleMs;
    const { flight } = known;
    return wait(flight ?? depart(index, nowMs, false), {
      index,
      deadlineMs: nowMs + patienceMs,
      softMs: isStale ? nowMs + options.softWaitMs : Number.POSITIVE_INFINITY,
      isSecond: flight !== null && (isAgain ? flight.setMs < nowMs : flight.setMs <= nowMs),
    });
  }

  function wait(flight: Flight, waiting: Waiting): Answer {
    const known = of(waiting.index);
    const leaveMs = Math.min(waiting.deadlineMs, waiting.softMs);
    const { landsMs } = flight;
    if (landsMs < leaveMs || (landsMs === leaveMs && waiting.isSecond)) {
      advance(landsMs);
      // Still in line when the deadline comes is out of time, and not refused.
      const isLate = landsMs === waiting.deadlineMs && flight.outcome.error instanceof ThrottledError;
      return { words: isLate ? outOfTime(known, landsMs) : landed(known, flight), atMs: landsMs };
    }
    // What happens in the same moment happens afterwards.
    advance(leaveMs - 0.001);
    return waiting.deadlineMs === leaveMs
      ? { words: giveUp(known, flight, leaveMs), atMs: leaveMs }
      : settleForOld(known, flight, waiting);
  }

  function giveUp(known: Known, flight: Flight, nowMs: number): string {
    if (!flight.isKept && flight.sentMs >= nowMs) known.flight = null;
    return outOfTime(known, nowMs);
  }

  function outOfTime(known: Known, nowMs: number): string {
    return stale(known, 'TIMED_OUT', nowMs) ?? 'TIMED_OUT, again in 1000';
  }

  function settleForOld(known: Known, flight: Flight, { index, softMs, deadlineMs }: Waiting): Answer {
    flight.isKept = true;
    const words = stale(known, 'REFRESHING', softMs);
    return words === null ? read(index, softMs, deadlineMs - softMs, true) : { words, atMs: softMs };
  }

  function landed(known: Known, { outcome, landsMs }: Flight): string {
    if (outcome.error === null) return `reading of ${landsMs}`;
    const forMs = known.failure?.outcome === outcome ? known.failure.untilMs - landsMs : 0;
    return fail(known, outcome, landsMs, forMs > 0 ? forMs : null);
  }

  function fail(known: Known, { code, error }: Outcome, nowMs: number, againMs: number | null): string {
    if (code === null) return 'bug';
    const old = code === 'NOT_FOUND' ? null : stale(known, code, nowMs);
    const saidMs = error !== null && 'retryAfterMs' in error ? error.retryAfterMs : null;
    return old ?? `${code}, again in ${againMs ?? saidMs}`;
  }

  function stale({ reading }: Known, reason: string, nowMs: number): string | null {
    if (reading === null || nowMs >= reading.fetchedAtMs + options.staleMs) return null;
    return `reading of ${reading.fetchedAtMs}, stale because ${reason}`;
  }

  return {
    advance,
    read: (index, nowMs, patienceMs) => read(index, nowMs, patienceMs),
    calls,
    boundariesMs: () =>
      [...all.values()].flatMap(({ reading, failure, flight, plannedMs }) => [
        ...(reading === null ? [] : [reading.freshUntilMs, reading.fetchedAtMs + options.staleMs]),
        ...(reading === null ? [] : [reading.fetchedAtMs + options.staleMs - options.softWaitMs]),
        ...(failure === null ? [] : [failure.untilMs]),
        ...(flight === null ? [] : [flight.sentMs, flight.landsMs]),
        ...(plannedMs === null ? [] : [plannedMs]),
      ]),
  };
}
