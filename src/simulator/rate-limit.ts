import { createExpiringMap } from './expiring-map.js';
import { jsonReply, type WholeReply } from './reply.js';
import { createWindow, type Window, type WindowOptions } from './window.js';

/** One limit of the upstream, counted separately for each key. */
export interface RateLimit {
  /** Counts one request of this key, refused or not. Answers the 429, or undefined when it is admitted. */
  hit(key: string, nowMs: number): WholeReply | undefined;
}

/** A limit that has seen no requests yet. */
export function createRateLimit(options: WindowOptions): RateLimit {
  // A window that was not hit for its own length is empty again, whatever its kind.
  const windows = createExpiringMap<Window>(options.windowMs);

  return {
    hit(key, nowMs) {
      const window = windows.get(key, nowMs) ?? createWindow(options);
      windows.set(key, window, nowMs);
      const waitMs = window.hit(nowMs);
      return waitMs === 0 ? undefined : tooManyAttempts(options.requests, nowMs, waitMs);
    },
  };
}

/**
 * The refusal as the Airalo Partner API documentation shows it, with all the headers it calls optional.
 * `X-RateLimit-Reset` as epoch seconds, and rounding up, are inferred.
 */
function tooManyAttempts(requests: number, nowMs: number, waitMs: number): WholeReply {
  return jsonReply(
    429,
    { message: 'Too Many Attempts.' },
    {
      'Retry-After': String(Math.ceil(waitMs / 1000)),
      'X-RateLimit-Limit': String(requests),
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': String(Math.ceil((nowMs + waitMs) / 1000)),
    },
  );
}
