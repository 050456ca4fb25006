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
    super(message, options);
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

/** The limits leave no room in time. `source` says who found out. */
export class ThrottledError extends UsageError {
  readonly code = 'THROTTLED';
  override readonly retryAfterMs: number;
  readonly source: 'gateway' | 'upstream';
  readonly delivery: Delivery;

  constructor(source: 'gateway' | 'upstream', retryAfterMs: number) {
    super(`throttled by the ${source}`, retryAfterMs);
    this.retryAfterMs = retryAfterMs;
    this.source = source;
    this.delivery = source === 'upstream' ? 'answered' : 'unsent';
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
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The upstream cannot be read. `detail` is for logs: our own words and field names, nothing that the upstream sent. */
export class UpstreamError extends UsageError {
  readonly code = 'UNAVAILABLE';
  readonly fault: UpstreamFault;
  readonly delivery: Delivery;

  constructor(fault: UpstreamFault, detail: string, options: UpstreamErrorOptions) {
    super(`${fault}: ${detail}`, options.retryAfterMs ?? null, { cause: options.cause });
    this.fault = fault;
    this.delivery = options.delivery;
  }
}

/** The upstream refused the token that a call carried, or there was none at hand and the call went `unsent`. */
export class UnauthorizedError extends UpstreamError {
  constructor(detail: string, delivery: Delivery) {
    super('unauthorized', detail, { delivery });
  }
}
