import DataLoader from 'dataloader';
import type { Clock } from '../clock.js';
import { NotFoundError, UsageError } from '../errors.js';
import type { AnswerKind, Report } from '../events.js';
import { type Iccid, iccidIn } from '../iccid.js';
import { invalidIccid, problemOf } from '../problem.js';
import type { Caller, Place, UsageResult, UsageSource } from '../usage.js';
import { type PermissionOptions, permissionFor } from './permission.js';

export interface LoaderOptions {
  readonly source: UsageSource;
  readonly clock: Clock;
  readonly report: Report;
  /** On whose behalf: one operation. */
  readonly caller: Caller;
  /**
   * Tells which of these the operation may read.
   * @default all
   */
  readonly permitted?: PermissionOptions['permitted'] | undefined;
  /** Most different ICCIDs that the operation may name. */
  readonly maxIccids: number;
  /** Most different ICCIDs that a gateway may name in it, on behalf of other subgraphs. */
  readonly maxReferences: number;
  /**
   * Stands around the loading of so many different texts at a time.
   * @default nothing does
   */
  readonly aroundBatch?:
    | (<Result>(texts: number, load: () => Promise<Result>) => Promise<Result>)
    | undefined;
}

/** The readings of one operation. */
export interface UsageLoader extends Asking {
  /** The same for what a gateway names on behalf of other subgraphs, up to `maxReferences`. */
  readonly references: Asking;
  /** How many answers of each kind there were so far, each different text counted once. */
  readonly answers: ReadonlyMap<AnswerKind, number>;
}

/**
 * Asking for readings, up to `maxIccids` different texts, and ten times as many in all: repeats cost no call, but lists within lists
 * would multiply the answer.
 */
export interface Asking {
  /**
   * Says that a list of so many is about to be loaded. Throws a `TooMuchAskedError` when that is too many, before anything is made for each
   * of them.
   */
  announce(count: number): void;
  /**
   * The result for a text that should be an ICCID. The same text is loaded once, however often it is named. Every fault that
   * is not our own bug is a problem in the result. Rejects with a `TooMuchAskedError`.
   */
  load(text: string): Promise<UsageResult>;
}

/** The operation asks for too much. Nothing of the batch that went over was loaded. */
class TooMuchAskedError extends Error {
  /** Taken over into the GraphQL error. */
  readonly extensions = { code: 'BAD_USER_INPUT' };
}

/** How often an operation may name each of its ICCIDs, on average. */
const repeats = 10;

/** Makes the loader of one operation. */
export function createLoader(options: LoaderOptions): UsageLoader {
  const { source, caller, permitted, clock, report, aroundBatch = (_texts, load) => load() } = options;
  const beganMs = clock.now();
  const answers = new Map<AnswerKind, number>();
  const asked = new Budget('An operation', options.maxIccids);
  const referred = new Budget('A gateway', options.maxReferences);
  let turns = 0;

  const takeTurn = (): number => turns++;

  /** One that throws is a bug of ours, and must not take the others with it. */
  async function loadOne(iccid: Iccid | null): Promise<UsageResult | Error> {
    if (iccid === null) return answer(null, invalidIccid());
    try {
      return answer(iccid, await source.read(iccid, new InTurn(caller, takeTurn)));
    } catch (error) {
      return error instanceof UsageError ? answer(iccid, problemOf(iccid, error)) : asError(error);
    }
  }

  /** What may not be read looks like what nobody knows, and costs nothing. */
  async function loadPermitted(
    iccids: readonly (Iccid | null)[],
    permitted: PermissionOptions['permitted'],
  ): Promise<(UsageResult | Error)[]> {
    const named = iccids.filter((iccid) => iccid !== null);
    const mayRead = await permissionFor(named, { permitted, caller, clock }).catch(orUsageError);
    return Promise.all(
      iccids.map((iccid) => {
        if (iccid === null) return loadOne(iccid);
        if (mayRead instanceof UsageError) return answer(iccid, problemOf(iccid, mayRead));
        return mayRead.has(iccid) ? loadOne(iccid) : refuse(iccid);
      }),
    );
  }

  function refuse(iccid: Iccid): UsageResult {
    report({ type: 'loader.refused', iccid });
    return answer(iccid, problemOf(iccid, new NotFoundError()));
  }

  function answer(iccid: Iccid | null, result: UsageResult): UsageResult {
    const kind = kindOf(result, beganMs);
    answers.set(kind, (answers.get(kind) ?? 0) + 1);
    report({ type: 'loader.answer', iccid, answer: kind });
    return result;
  }

  // All that belong together are named by now, so that none of them is loaded when they are too many.
  const loader = new DataLoader<string, UsageResult>((texts) => {
    const tooMuch = asked.tooMuch() ?? referred.tooMuch();
    if (tooMuch !== null) return Promise.reject(tooMuch);
    const iccids = texts.map(iccidIn);
    return aroundBatch(texts.length, () =>
      permitted === undefined ? Promise.all(iccids.map(loadOne)) : loadPermitted(iccids, permitted),
    );
  });

  function loadWithin(budget: Budget, text: string): Promise<UsageResult> {
    const tooMany = budget.name(text);
    return tooMany === null ? loader.load(text) : Promise.reject(tooMany);
  }

  const askingWithin = (budget: Budget): Asking => ({
    announce: (count) => budget.announce(count),
    load: (text) => loadWithin(budget, text),
  });

  const { announce, load } = askingWithin(asked);
  return { announce, load, references: askingWithin(referred), answers };
}

/** What was fetched since the operation began was not in the cache then. */
function kindOf(result: UsageResult, beganMs: number): AnswerKind {
  if (result.kind === 'problem') return `problem ${result.code}`;
  if (result.staleReason !== null) return `stale ${result.staleReason}`;
  return result.fetchedAtMs < beganMs ? 'cache' : 'upstream';
}

/** How many ICCIDs somebody may name in one operation. */
class Budget {
  readonly #who: string;
  readonly #most: number;
  readonly #texts = new Set<string>();
  #announced = 0;
  #named = 0;

  constructor(who: string, most: number) {
    this.#who = who;
    this.#most = most;
  }

  announce(count: number): void {
    this.#announced += count;
    const tooMany = this.#moreThanAll(this.#announced);
    if (tooMany !== null) throw tooMany;
  }

  /** One more is named: what is wrong with that, or null. */
  name(text: string): TooMuchAskedError | null {
    this.#named += 1;
    this.#texts.add(text);
    return this.#moreThanAll(this.#named);
  }

  /** What is wrong with all that were named so far, or null. */
  tooMuch(): TooMuchAskedError | null {
    if (this.#texts.size <= this.#most) return this.#moreThanAll(Math.max(this.#named, this.#announced));
    return new TooMuchAskedError(`${this.#who} may name at most ${this.#most} different ICCIDs.`);
  }

  #moreThanAll(count: number): TooMuchAskedError | null {
    const most = this.#most * repeats;
    if (count <= most) return null;
    return new TooMuchAskedError(`${this.#who} may name at most ${most} ICCIDs, repeats included.`);
  }
}

/**
 * One reading's caller. What never waits takes no turn: its place is not looked at. A class, because each literal with accessors
 * gets a hidden class of its own: too slow for a crowd.
 */
class InTurn implements Caller {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly #takeTurn: () => number;
  #place: Place | undefined;

  constructor({ deadlineMs, signal }: Caller, takeTurn: () => number) {
    this.deadlineMs = deadlineMs;
    this.signal = signal;
    this.#takeTurn = takeTurn;
  }

  get place(): Place {
    this.#place ??= { lane: 'interactive', behind: this.#takeTurn() };
    return this.#place;
  }
}

/** What is no `UsageError` is a bug of whoever decides, and must not pass for an answer. */
function orUsageError(error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  throw error;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('something that is no error was thrown', { cause: thrown });
}
