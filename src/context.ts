import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import { createLoader, type UsageLoader } from './loader/loader.js';
import type { UsageSource } from './usage.js';

/** What the resolvers need of one operation. Spread it into a host server's own context. */
export interface EsimUsageContext {
  readonly esimUsage: UsageLoader & {
    /** The calendar's time of a moment of the module's clock. */
    toDate(atMs: number): Date;
  };
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
}

/** Makes the context of one operation, whose deadline runs from now. */
export function createContext(
  { source, clock, deadlineMs, maxIccids }: ContextOptions,
  { signal }: OperationOptions,
): EsimUsageContext {
  // Each reading of the operation listens for itself, which Node would take for a leak and warn of.
  if (signal !== undefined) setMaxListeners(0, signal);
  const caller = { deadlineMs: clock.now() + deadlineMs, signal };
  const { load } = createLoader({ source, caller, maxIccids });
  return { esimUsage: { load, toDate: clock.toDate } };
}
