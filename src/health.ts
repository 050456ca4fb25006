import type { Clock } from './clock.js';
import { UpstreamError } from './errors.js';
import type { Report, UsageEvent } from './events.js';

/** Whether this gateway can do its work, as the events tell. */
export interface Health {
  readonly report: Report;
  /** Why not. Null when it can, or when nobody has found out yet. */
  fault(): string | null;
  /** It can no more from now on: nothing new should come to it. */
  end(): void;
}

/** A refusal counts for as long as it is remembered; after that a request must find out anew, so traffic must come back. */
const refusedMs = 60_000;

/** Watches for the upstream refusing us as a company. What passes by itself is no reason to take a gateway out of service. */
export function createHealth(clock: Clock): Health {
  let refused: { fault: string; untilMs: number } | null = null;
  let isEnding = false;

  return {
    report(event) {
      if (event.type === 'cache.fill') refused = null;
      const fault = refusalIn(event);
      if (fault !== null) refused = { fault, untilMs: clock.now() + refusedMs };
    },
    fault() {
      if (isEnding) return 'this gateway is ending';
      return refused !== null && clock.now() < refused.untilMs ? refused.fault : null;
    },
    end() {
      isEnding = true;
    },
  };
}

function refusalIn(event: UsageEvent): string | null {
  if (event.type !== 'token.failed' && event.type !== 'upstream.failed') return null;
  if (!(event.error instanceof UpstreamError)) return null;
  if (event.error.fault === 'forbidden') return 'the upstream refuses our credentials or our address';
  if (event.type === 'token.failed' && event.error.fault === 'unauthorized')
    return 'the upstream refuses our tokens';
  return null;
}
