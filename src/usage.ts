import type {
  EsimUsageEnvironment,
  EsimUsageProblemCode,
  EsimUsageStaleReason,
  EsimUsageUnit,
  UsageStatus,
} from './generated/enums.js';
import type { Iccid } from './iccid.js';

/** What is known of an eSIM's usage, or why nothing is. */
export type UsageResult = UsageReading | UsageProblem;

/** How much of an eSIM is left. What is not known is null, never 0. Moments are milliseconds of the module's clock. */
export interface UsageReading {
  readonly kind: 'reading';
  readonly iccid: Iccid;
  readonly status: UsageStatus;
  /** The status exactly as the upstream sent it, or `RECYCLED` where it answered with the error code that says so. */
  readonly statusCode: string;
  /** Null when the upstream does not say. */
  readonly isUnlimited: boolean | null;
  /** Megabytes. Null on a plan that is or may be unlimited, and where no allowance is reported. */
  readonly data: UsageQuota | null;
  /** Minutes. Null where no allowance is reported. */
  readonly voice: UsageQuota | null;
  /** Messages. Null where no allowance is reported. */
  readonly text: UsageQuota | null;
  /**
   * When it ends on the calendar, in seconds since 1970. Null when not known. No `Date`, which would be the largest part of what a reading takes
   * to keep.
   */
  readonly expiresAtSeconds: number | null;
  readonly environment: EsimUsageEnvironment;
  /** When the upstream's reply arrived here. */
  readonly fetchedAtMs: number;
  /** When the upstream was asked, less its own cache time: the numbers cannot be older. */
  readonly asOfNotBeforeMs: number;
  /** Until when the upstream would answer the same. */
  readonly freshUntilMs: number;
  /** Why a reading past `freshUntilMs` is served. Null while it is fresh. */
  readonly staleReason: EsimUsageStaleReason | null;
}

/** When a reading's eSIM ends. Null when not known. */
export function expiryOf({ expiresAtSeconds }: Pick<UsageReading, 'expiresAtSeconds'>): Date | null {
  return expiresAtSeconds === null ? null : new Date(expiresAtSeconds * 1_000);
}

/** An allowance: `total` is above 0, `remaining` from 0 to `total`, `used` the difference. */
export interface UsageQuota {
  readonly unit: EsimUsageUnit;
  readonly total: number;
  readonly remaining: number;
  readonly used: number;
}

/** Why there is no reading, as a client may see it. */
export interface UsageProblem {
  readonly kind: 'problem';
  /** Null when what was sent is no ICCID. */
  readonly iccid: Iccid | null;
  readonly code: EsimUsageProblemCode;
  readonly message: string;
  /** Whole seconds, at least 1. Null when asking again never helps. */
  readonly retryAfterSeconds: number | null;
}

/** What names an eSIM to the rest of a graph. */
export interface EsimKey {
  /** May be a text that is no ICCID. Null when it is not even a text: a number has already lost digits. */
  readonly iccid: string | null;
  /**
   * Whether a gateway named it, on behalf of another subgraph.
   * @default false
   */
  readonly isReference?: boolean;
}

/**
 * Which of these eSIMs a request may see: the request is what its context was made with. What is returned beside them is not looked at.
 */
export type Authorize<Request> = (
  iccids: readonly string[],
  request: Request | undefined,
) => Iterable<string> | PromiseLike<Iterable<string>>;

/** Where one who waits stands among the others. */
export interface Place {
  /** Somebody waits for what is `interactive`, with nothing at hand. What is `background` goes out when nobody else needs to. */
  readonly lane: 'interactive' | 'background';
  /** How many turns the others of its lane have before it, had all come at once: the least goes first. */
  readonly behind: number;
}

/** On whose behalf a reading is asked for. */
export interface Caller {
  /** The moment on the module's clock after which the answer is of no use. May move further off, as more callers join. */
  readonly deadlineMs: number;
  /** Aborts when nobody waits any more: what has not been sent then need not be. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Its place among all who wait; at the head of the interactive ones if left out. Looked at only while it waits, and again
   * whenever it matters: it may change, as more callers join and others leave.
   */
  readonly place?: Place;
  /**
   * Whether an old reading is served if no new one can be had. Nobody then needs to know when to come back.
   * @default false
   */
  readonly hasOld?: boolean;
  /** Told once the question is on its way to the upstream, and so can no longer be saved. */
  readonly onSent?: (() => void) | undefined;
}

/**
 * The one interface of every layer from the cache to the client, so that each can wrap, replace or double another.
 */
export interface UsageSource {
  /** The reading of one eSIM. Rejects with a `UsageError` when there is none; anything else it throws is our own bug. */
  read(iccid: Iccid, caller: Caller): Promise<UsageReading>;
}
