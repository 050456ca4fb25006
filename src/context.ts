import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import type { Report } from './events.js';
import type { CacheControlScope } from './generated/enums.js';
import { createLoader, type LoaderOptions, type UsageLoader } from './loader/loader.js';
import type { Authorize, UsageProblem, UsageResult, UsageSource } from './usage.js';

/** What the resolvers need of one operation. Spread it into a host server's own context. */
export interface EsimUsageContext {
  readonly esimUsage: UsageLoader & {
    /** For how long an entity itself may be kept, which is only its key: for as long as anything, until what is read of it ends. */
    readonly entityHint: CacheHint;
    /** The calendar's time of a moment of the module's clock. */
    toDate(atMs: number): Date;
    /**
     * For how long an answer may be kept that this result is part of, beside those asked about before: until its oldest part ends.
     * 0 for an old reading; for a problem as long as it is true.
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
export interface OperationOptions<Request = unknown> {
  /** Who asks, for `authorize`. */
  readonly request?: Request | undefined;
  /** Aborts when the client has gone away. What was only for it then leaves the queue. */
  readonly signal?: AbortSignal | undefined;
}

export interface ContextOptions<Request = unknown> extends Pick<LoaderOptions, 'aroundBatch'> {
  readonly source: UsageSource;
  readonly clock: Clock;
  readonly report: Report;
  readonly deadlineMs: number;
  readonly maxIccids: number;
  readonly maxReferences: number;
  readonly cacheScope: CacheControlScope;
  /**
   * Who may see what.
   * @default everybody everything
   */
  readonly authorize?: Authorize<Request> | undefined;
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
}

/** Makes the context of one operation, whose deadline runs from now. */
export function createContext<Request>(
  options: ContextOptions<Request>,
  { request, signal }: OperationOptions<Request>,
): EsimUsageContext {
  const { source, clock, report, deadlineMs, maxIccids, maxReferences, aroundBatch, authorize } = options;
  // Each reading of the operation listens for itself, which Node would take for a leak and warn of.
  if (signal !== undefined) setMaxListeners(0, signal);
  const caller = { deadlineMs: clock.now() + deadlineMs, signal };
  const permitted: LoaderOptions['permitted'] = authorize && ((iccids) => authorize(iccids, request));
  // Each by its name, here and below: V8 makes hidden classes anew for each object that is spread and added to.
  const { announce, load, references, answers } = createLoader({
    source,
    clock,
    report,
    caller,
    permitted,
    maxIccids,
    maxReferences,
    aroundBatch,
  });
  return {
    esimUsage: {
      announce,
      load,
      references,
      answers,
      toDate: clock.toDate,
      entityHint: { maxAge: keptSeconds.permanent, scope: options.cacheScope },
      cacheHint: createCacheHint(options),
    },
  };
}

/** For how long what is no reading may be kept, in seconds. */
export const keptSeconds = {
  /** An ICCID stays what it is, and so does what is none. */
  permanent: 24 * 60 * 60,
  /** It may have been sold a moment ago. */
  notFound: 60,
  /** `retryAfterSeconds` counts from when it was told, and should be right within a second. */
  passing: 1,
};

/**
 * Remembers the oldest part: what was fresh for long when it was resolved may not be any more when the last one is. A problem lasts from
 * when it is told, which is with the last one, too.
 */
function createCacheHint({
  clock,
  cacheScope,
  notFoundMs,
}: Pick<ContextOptions, 'clock' | 'cacheScope' | 'notFoundMs'>): (result: UsageResult) => CacheHint {
  let freshUntilMs = Number.POSITIVE_INFINITY;
  let problemSeconds = Number.POSITIVE_INFINITY;

  function secondsOf({ code }: UsageProblem): number {
    if (code === 'INVALID_ICCID') return keptSeconds.permanent;
    if (code !== 'NOT_FOUND') return keptSeconds.passing;
    return Math.min(keptSeconds.notFound, Math.floor(notFoundMs / 1_000));
  }

  return (result) => {
    if (result.kind === 'reading') freshUntilMs = Math.min(freshUntilMs, result.freshUntilMs);
    else problemSeconds = Math.min(problemSeconds, secondsOf(result));
    const freshSeconds = Math.max(0, Math.floor((freshUntilMs - clock.now()) / 1_000));
    return { maxAge: Math.min(freshSeconds, problemSeconds), scope: cacheScope };
  };
}
