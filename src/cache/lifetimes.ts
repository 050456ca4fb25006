import { UpstreamError, type UpstreamFault, type UsageError } from '../errors.js';
import type { UsageReading } from '../usage.js';

/** What a reading is worth: `fresh` is served, `stale` only when a new one cannot be had, `expired` never. */
export type Life = 'fresh' | 'stale' | 'expired';

/** The life of a reading. Nothing outside this file compares a reading's times. */
export function lifeOf({ fetchedAtMs, freshUntilMs }: UsageReading, nowMs: number, staleMs: number): Life {
  if (nowMs < freshUntilMs) return 'fresh';
  return nowMs < fetchedAtMs + staleMs ? 'stale' : 'expired';
}

/** For how long a failure is remembered, in milliseconds. `growing` starts at the first figure and doubles to the second. */
const memory: Readonly<Record<UpstreamFault, number | 'growing'>> = {
  unreachable: 'growing',
  failing: 'growing',
  // Says nothing of the next call; the per-ICCID limit bounds what trying again can cost.
  unanswered: 0,
  protocol: 1_000,
  garbled: 30_000,
  unauthorized: 60_000,
  forbidden: 60_000,
};
const growingMs = { first: 1_000, most: 30_000 };
/** An upstream that asks for a longer pause than this is not believed. */
const mostPauseMs = 60_000;

export interface FailureMemory {
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
  /** From 0 to 1, as `Math.random`: spreads what would otherwise come back in step. */
  readonly random: () => number;
}

/** For how long, in milliseconds, the `failures`-th failure in a row is remembered. 0 is not at all. */
export function rememberedMs(
  error: UsageError,
  failures: number,
  { notFoundMs, random }: FailureMemory,
): number {
  // Another process may have found it out some time ago.
  if (error.code === 'NOT_FOUND') return error.retryAfterMs ?? notFoundMs;
  // What the gateway itself refuses depends on the queue and the caller, and is found out anew for free.
  if (!(error instanceof UpstreamError)) return 0;
  if (error.retryAfterMs !== null) return Math.min(error.retryAfterMs, mostPauseMs);
  const forMs = memory[error.fault];
  if (forMs !== 'growing') return forMs;
  const ceilingMs = Math.min(growingMs.first * 2 ** (failures - 1), growingMs.most);
  return ceilingMs * (1 - random() / 4);
}
