import type { EsimUsageProblemCode } from './generated/enums.js';

/** What went wrong at the upstream. Says for how long it is remembered, and names it in logs. */
export type UpstreamFault =
  /** No connection: refused, no such host, TLS. */
  | 'unreachable'
  /** A connection, but no whole answer: reset, cut short, out of time. */
  | 'unanswered'
  /** An answer that is not HTTP. */
  | 'protocol'
  /** A 5xx. */
  | 'failing'
  /** A 200 that cannot be believed, or a status that the contract does not have. */
  | 'garbled'
  /** The token was refused. */
  | 'unauthorized'
  /** Our credentials, address or account were refused. */
  | 'forbidden';

/**
 * How far a call got: `unsent` cost the upstream's limits nothing, `answered` was counted before the answer, and of
 * `unanswered` nobody knows whether and when it was or will be.
 */
export type Delivery = 'unsent' | 'unanswered' | 'answered';

/** Why there is no reading. The only errors that become problems; everything else is our own bug. */
export abstract class UsageError extends Error {
  /** The problem that a client sees, unless a stale reading is at hand. */
  abstract readonly code: Exclude<EsimUsageProblemCode, 'INVALID_ICCID'>;
  /** How far the call got that ended so. */
  abstract readonly delivery: Delivery;
  /** In how many milliseconds asking again makes sense. Null when it never does, or when nobody can tell. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null, options?: ErrorOptions) {
    // An outcome among others, and no bug: where it was made is of no interest, and a full line makes a thousand at once.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The upstream knows no such eSIM. */
export class NotFoundError extends UsageError {
  readonly code = 'NOT_FOUND';
  readonly delivery = 'answered';

  constructor() {
    super('the upstream knows no such eSIM', null);
  }
}

/** The limits leave no room in time: nothing was sent. */
export class ThrottledError extends UsageError {
  readonly code = 'THROTTLED';
  readonly delivery = 'unsent';
  override readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('no room within the limits', retryAfterMs);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whom a fault concerns: all calls, or those for one ICCID. */
export type Concern = 'company' | 'iccid';

/** The upstream answered 429. `retryAfterMs` is what it said, null when it said nothing of use. */
export class TooManyRequestsError extends UsageError {
  readonly code = 'THROTTLED';
  readonly delivery = 'answered';
  /** Whose limit it was. */
  readonly concerns: Concern;

  constructor(concerns: Concern, retryAfterMs: number | null) {
    super(`the upstream's limit of the ${concerns} is exceeded`, retryAfterMs);
    this.concerns = concerns;
  }
}

/** The caller's deadline came before the upstream's answer. */
export class TimedOutError extends UsageError {
  readonly code = 'TIMED_OUT';
  readonly delivery = 'unanswered';

  constructor(retryAfterMs: number) {
    super('no answer before the deadline', retryAfterMs);
  }
}

/** What the processes of a fleet share cannot be looked at, and so nobody knows what the limits leave: nothing was sent. */
export class SharedStateLostError extends UsageError {
  readonly code = 'THROTTLED';
  readonly delivery = 'unsent';

  constructor(retryAfterMs: number) {
    super('the shared state cannot be reached', retryAfterMs);
  }
}

/** Another process of the fleet brings this, or just has: nothing was sent, and looking there helps. No client ever sees this one. */
export class ElsewhereError extends UsageError {
  readonly code = 'THROTTLED';
  readonly delivery = 'unsent';

  constructor() {
    super('another process brings this', null);
  }
}

/** Nobody waits for the answer any more, and it was not yet sent for. No client ever sees this one. */
export class AbandonedError extends UsageError {
  readonly code = 'TIMED_OUT';
  readonly delivery = 'unsent';

  constructor() {
    super('nobody waits for this any more', null);
  }
}

/** An earlier failure, not yet forgotten: nothing was sent this time. */
export class RememberedError extends UsageError {
  readonly code: UsageError['code'];
  readonly delivery = 'unsent';

  constructor(error: UsageError, retryAfterMs: number) {
    super(error.message, retryAfterMs, { cause: error });
    this.code = error.code;
  }
}

/** What is known of a call that failed. */
export interface UpstreamErrorOptions {
  readonly delivery: Delivery;
  /** What the upstream or the fault itself says about coming back, in milliseconds. */
  readonly retryAfterMs?: number | null;
  /**
   * Whom that is for.
   * @default 'iccid'
   */
  readonly concerns?: Concern;
  /**
   * Whether the same call may well succeed at once.
   * @default false
   */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The upstream cannot be read. `detail` is for logs: our own words and field names, nothing that the upstream sent. */
export class UpstreamError extends UsageError {
  readonly code = 'UNAVAILABLE';
  readonly fault: UpstreamFault;
  readonly delivery: Delivery;
  readonly concerns: Concern;
  readonly retryable: boolean;

  constructor(fault: UpstreamFault, detail: string, options: UpstreamErrorOptions) {
    super(`${fault}: ${detail}`, options.retryAfterMs ?? null, { cause: options.cause });
    this.fault = fault;
    this.delivery = options.delivery;
    this.concerns = options.concerns ?? 'iccid';
    this.retryable = options.retryable ?? false;
  }
}

/**
 * A call was given up that the upstream may yet read, for as long as its connection is open: for `withinMs` at most, and until
 * `ended` resolves. Asked again sooner, an eSIM that the upstream never answers for would take one slot after another.
 */
export class StragglingError extends UpstreamError {
  readonly withinMs: number;
  readonly ended: Promise<void>;

  constructor(withinMs: number, ended: Promise<void>) {
    super('unanswered', 'out of time', { delivery: 'unanswered', retryAfterMs: withinMs });
    this.withinMs = withinMs;
    this.ended = ended;
  }
}

/** The upstream refused the token that a call carried, or there was none at hand and the call went `unsent`. */
export class UnauthorizedError extends UpstreamError {
  constructor(detail: string, delivery: Delivery) {
    super('unauthorized', detail, { delivery });
  }
}
