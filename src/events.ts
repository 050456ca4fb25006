import type { UpstreamFault, UsageError } from './errors.js';
import type { EsimUsageProblemCode, EsimUsageStaleReason } from './generated/enums.js';
import type { Iccid } from './iccid.js';

/** What the layers do, as they do it. Logs, metrics, readiness and tests all read this, and no layer logs by itself. */
export type UsageEvent =
  /** An operation has its answer for one ICCID: null for a text that is none. */
  | { readonly type: 'loader.answer'; readonly iccid: Iccid | null; readonly answer: AnswerKind }
  /** An operation may not see this eSIM, and is told that nobody knows it. */
  | { readonly type: 'loader.refused'; readonly iccid: Iccid }
  /** A fresh reading was at hand. */
  | { readonly type: 'cache.hit'; readonly iccid: Iccid }
  /** Nothing fresh was at hand, and nobody was fetching it. */
  | { readonly type: 'cache.miss'; readonly iccid: Iccid }
  /** Somebody else was fetching it already. */
  | { readonly type: 'cache.join'; readonly iccid: Iccid }
  /** A new reading was stored. */
  | { readonly type: 'cache.fill'; readonly iccid: Iccid }
  /** An old reading was served. */
  | { readonly type: 'cache.stale'; readonly iccid: Iccid; readonly reason: EsimUsageStaleReason }
  /** A reading that many ask for has ended, and is fetched again without being asked for. */
  | { readonly type: 'cache.refresh'; readonly iccid: Iccid }
  /** A failure was remembered for `forMs`. */
  | {
      readonly type: 'cache.failure';
      readonly iccid: Iccid;
      readonly error: UsageError;
      readonly forMs: number;
    }
  /** Another process of the fleet had it already. */
  | { readonly type: 'fleet.hit'; readonly iccid: Iccid }
  /** What the fleet shares cannot be reached: nothing goes upstream. Told again each minute. `detail` is in our own words. */
  | { readonly type: 'fleet.lost'; readonly detail: string }
  /** It can be reached again. */
  | { readonly type: 'fleet.found' }
  /** A call waits for its slot, `ahead` others before it. */
  | { readonly type: 'scheduler.wait'; readonly iccid: Iccid; readonly ahead: number }
  /** It is a call's turn, which waited so long for it. */
  | { readonly type: 'scheduler.turn'; readonly iccid: Iccid; readonly waitedMs: number }
  /** A call could not make its deadline, and does not wait for it. */
  | { readonly type: 'scheduler.refused'; readonly iccid: Iccid; readonly retryAfterMs: number }
  /** The upstream says that it is asked too much. Nothing goes out for `forMs`: for this ICCID, or for any where it is null. */
  | {
      readonly type: 'scheduler.paused';
      readonly iccid: Iccid | null;
      readonly error: UsageError;
      readonly forMs: number;
    }
  /** So many eSIMs in a row could not be read that nothing goes out for `forMs`. */
  | { readonly type: 'breaker.opened'; readonly error: UsageError; readonly forMs: number }
  /** One call goes out to find out whether the upstream can be read again. */
  | { readonly type: 'breaker.probe'; readonly iccid: Iccid }
  /** It can. */
  | { readonly type: 'breaker.closed' }
  /** A call goes out. */
  | { readonly type: 'upstream.request'; readonly iccid: Iccid }
  /** It was answered. */
  | {
      readonly type: 'upstream.reply';
      readonly iccid: Iccid;
      readonly status: number;
      readonly tookMs: number;
    }
  /** No whole answer came. */
  | { readonly type: 'upstream.lost'; readonly iccid: Iccid; readonly fault: UpstreamFault }
  /** It was not answered, or not with anything of use. */
  | { readonly type: 'upstream.failed'; readonly iccid: Iccid; readonly error: UsageError }
  /** What failed so is asked once more. */
  | { readonly type: 'upstream.retry'; readonly iccid: Iccid; readonly error: UsageError }
  /** It was answered with a 422, whose business code this is: null when it has none. */
  | { readonly type: 'upstream.businessCode'; readonly iccid: Iccid; readonly code: number | null }
  /** A status that the schema does not know. Reported once for each value. */
  | { readonly type: 'upstream.statusUnknown'; readonly iccid: Iccid; readonly statusCode: string }
  /** An expiry that could not be read, and is shown as not known. */
  | { readonly type: 'upstream.expiryUnreadable'; readonly iccid: Iccid }
  /** A token is asked for. */
  | { readonly type: 'token.request' }
  /** That was answered. */
  | { readonly type: 'token.reply'; readonly status: number; readonly tookMs: number }
  /** No whole answer came to that. */
  | { readonly type: 'token.lost'; readonly fault: UpstreamFault }
  /** A new token came. */
  | { readonly type: 'token.renewed'; readonly lifetimeMs: number }
  /** No new token came. None is asked for again before `retryAfterMs`. */
  | { readonly type: 'token.failed'; readonly error: UsageError; readonly retryAfterMs: number }
  /** A token was refused in use and dropped. */
  | { readonly type: 'token.rejected' };

/** Where an answer came from, with the reason of what is old; or of what problem it is. */
export type AnswerKind =
  | 'cache'
  | 'upstream'
  | `stale ${EsimUsageStaleReason}`
  | `problem ${EsimUsageProblemCode}`;

/** What a server that is made of the module tells beside it. */
export type ServerEvent =
  | OperationEnded
  /** The keys that tokens are signed with could not be had. */
  | { readonly type: 'auth.unavailable'; readonly detail: string };

/** A request for GraphQL has ended. */
export interface OperationEnded {
  readonly type: 'operation.ended';
  readonly requestId: string;
  /** Of the trace that its spans are part of. Null when there are none. */
  readonly traceId: string | null;
  /** As the client calls it. Null when it does not, or when it was refused before anybody looked. */
  readonly name: string | null;
  readonly kind: 'query' | 'mutation' | 'subscription' | null;
  /** The HTTP status. Null when the client had gone before. */
  readonly status: number | null;
  /** Of its first error. Null when there is none. */
  readonly code: string | null;
  /** Our own bug, of which its client was told only that there is one. Null when there was none. */
  readonly bug: Error | null;
  readonly tookMs: number;
  /** How many answers of each kind it got. */
  readonly answers: ReadonlyMap<AnswerKind, number>;
}

/** Where events go. Must not throw, and must not keep the caller waiting. */
export type Report = (event: UsageEvent) => void;
