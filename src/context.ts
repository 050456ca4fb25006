import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import type { CacheControlScope } from './generated/enums.js';
import { createLoader, type UsageLoader } from './loader/loader.js';
import type { UsageResult, UsageSource } from './usage.js';

/** What the resolvers need of one operation. Spread it into a host server's own context. */
export interface EsimUsageContext {
  readonly esimUsage: UsageLoader & {
    /** The calendar's time of a moment of the module's clock. */
    toDate(atMs: number): Date;
    /**
     * For how long an answer may be kept that this result is part of, beside those asked about before: until its oldest part ends.
     * 0 for an old reading and for a problem.
     */
    cacheHint(result: UsageResult): CacheHint;
  };
}

/** As Apollo Server takes it. `maxAge` is in whole seconds. */
export interface CacheHint {
  readonly maxAge: number;
  readonly scope: CacheControlScope;
}

/** What is known of the operation that a context is for. */
export interface OperationOptions {
  /** Aborts when the client has gone away. What was only for it then leaves the queue. */
  readonly signal?: AbortSignal | undefined;
}

export interface ContextOptions {
  readonly source: UsageSource;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly maxIccids: number;
  readonly cacheScope: CacheControlScope;
}

/** Makes the context of one operation, whose deadline runs from now. */
export function createContext(
  { source, clock, deadlineMs, maxIccids, cacheScope }: ContextOptions,
  { signal }: OperationOptions,
): EsimUsageContext {
  // Each reading of the operation listens for itself, which Node would take for a leak and warn of.
  if (signal !== undefined) setMaxListeners(0, signal);
  const caller = { deadlineMs: clock.now() + deadlineMs, signal };
  const { load } = createLoader({ source, caller, maxIccids });
  return { esimUsage: { load, toDate: clock.toDate, cacheHint: createCacheHint(clock, cacheScope) } };
}

/** Remembers the oldest part: what was fresh for long when it was resolved may not be any more when the last one is. */
function createCacheHint(clock: Clock, scope: CacheControlScope): (result: UsageResult) => CacheHint {
  let freshUntilMs = Number.POSITIVE_INFINITY;
  return (result) => {
    const untilMs = result.kind === 'reading' ? result.freshUntilMs : Number.NEGATIVE_INFINITY;
    freshUntilMs = Math.min(freshUntilMs, untilMs);
    return { maxAge: Math.max(0, Math.floor((freshUntilMs - clock.now()) / 1_000)), scope };
  };
}
