import DataLoader from 'dataloader';
import { UsageError } from '../errors.js';
import { isIccid } from '../iccid.js';
import { invalidIccid, problemOf } from '../problem.js';
import type { Caller, Place, UsageResult, UsageSource } from '../usage.js';

export interface LoaderOptions {
  readonly source: UsageSource;
  /** On whose behalf: one operation. */
  readonly caller: Caller;
  /** Most different ICCIDs that the operation may name. */
  readonly maxIccids: number;
  /** Most different ICCIDs that a gateway may name in it, on behalf of other subgraphs. */
  readonly maxReferences: number;
}

/** The readings of one operation. */
export interface UsageLoader {
  /**
   * The result for a text that should be an ICCID. The same text is loaded once, however often it is named. Every fault that
   * is not our own bug is a problem in the result. Rejects with a `TooMuchAskedError` beyond `maxIccids` different texts, or
   * `maxReferences` of a gateway, or ten times as many in all: repeats cost no call, but lists within lists would multiply the
   * answer.
   */
  load(text: string): Promise<UsageResult>;
  /** The same, for a text that a gateway named on behalf of another subgraph. */
  loadReference(text: string): Promise<UsageResult>;
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
  const { source, caller } = options;
  const asked = createBudget('An operation', options.maxIccids);
  const referred = createBudget('A gateway', options.maxReferences);
  let turns = 0;

  async function loadOne(text: string): Promise<UsageResult> {
    if (!isIccid(text)) return invalidIccid();
    try {
      return await source.read(text, inTurn());
    } catch (error) {
      if (error instanceof UsageError) return problemOf(text, error);
      throw error;
    }
  }

  /** What never waits takes no turn: its place is not looked at. */
  function inTurn(): Caller {
    let place: Place | undefined;
    return {
      ...caller,
      get place() {
        if (place === undefined) {
          place = { lane: 'interactive', behind: turns };
          turns += 1;
        }
        return place;
      },
    };
  }

  const loader = new DataLoader<string, UsageResult>(async (texts) => {
    asked.refuseTooMany();
    referred.refuseTooMany();
    // One that throws is a bug of ours, and must not take the others with it.
    return Promise.all(texts.map((text) => loadOne(text).catch((error: unknown) => asError(error))));
  });

  async function loadWithin(budget: Budget, text: string): Promise<UsageResult> {
    budget.name(text);
    return loader.load(text);
  }

  return {
    load: (text) => loadWithin(asked, text),
    loadReference: (text) => loadWithin(referred, text),
  };
}

/** How many ICCIDs somebody may name in one operation. Both functions throw a `TooMuchAskedError`. */
interface Budget {
  name(text: string): void;
  /** Once all are named that belong together, so that none of them is loaded when they are too many. */
  refuseTooMany(): void;
}

function createBudget(who: string, most: number): Budget {
  const texts = new Set<string>();
  const mostNamed = most * repeats;
  let named = 0;

  function refuseTooManyNamed(): void {
    if (named > mostNamed)
      throw new TooMuchAskedError(`${who} may name at most ${mostNamed} ICCIDs, repeats included.`);
  }

  return {
    name(text) {
      named += 1;
      refuseTooManyNamed();
      texts.add(text);
    },
    refuseTooMany() {
      refuseTooManyNamed();
      if (texts.size > most) throw new TooMuchAskedError(`${who} may name at most ${most} different ICCIDs.`);
    },
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('something that is no error was thrown', { cause: thrown });
}
