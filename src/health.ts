import type { Clock } from './clock.js';
import { UpstreamError } from './errors.js';
import type { UsageEvent } from './events.js';
import type { Listener, ProcessEvent } from './listeners.js';

/** What a gateway does without for now, while it still answers: with old readings, or with problems that say when to come back. */
export type Lack = 'breaker open' | 'paused by the upstream' | 'no token' | 'shared state lost';

/** Whether a gateway can do its work: all of it, some, or so little that nobody should ask it. */
export type Readiness =
  | { readonly status: 'ready' }
  | { readonly status: 'degraded'; readonly reasons: readonly Lack[] }
  | { readonly status: 'not ready'; readonly fault: string };

/** Whether this gateway can do its work, as the events tell. */
export interface Health extends Required<Listener> {
  /** Ready when it can, or when nobody has found out yet. */
  readiness(): Readiness;
  /** It can no more from now on: nothing new should come to it. */
  end(): void;
}

/** The types of the events that say something of it. */
const telling = [
  'breaker.opened',
  'breaker.closed',
  'cache.fill',
  'fleet.lost',
  'fleet.found',
  'scheduler.paused',
  'token.renewed',
  'token.rejected',
  'token.failed',
  'upstream.failed',
] as const satisfies UsageEvent['type'][];
const types: ReadonlySet<string> = new Set(telling);
type Telling = Extract<UsageEvent, { type: (typeof telling)[number] }>;

/** A refusal counts for as long as it is remembered; after that a request must find out anew, so traffic must come back. */
const refusedMs = 60_000;

/**
 * Watches for the upstream refusing us as a company. What passes by itself is no reason to take a gateway out of service: then it is
 * `degraded`.
 */
export function createHealth(clock: Clock): Health {
  const lacks = createLacks(clock);
  let refused: { fault: string; untilMs: number } | null = null;
  let isEnding = false;

  /** Why nobody should ask this gateway. Null when there is no such reason. */
  function fault(): string | null {
    if (isEnding) return 'this gateway is ending';
    return refused !== null && clock.now() < refused.untilMs ? refused.fault : null;
  }

  return {
    hears: (type) => types.has(type),
    report(event) {
      if (!isTelling(event)) return;
      lacks.report(event);
      if (event.type === 'cache.fill') refused = null;
      const refusal = refusalIn(event);
      if (refusal !== null) refused = { fault: refusal, untilMs: clock.now() + refusedMs };
    },
    readiness() {
      const found = fault();
      if (found !== null) return { status: 'not ready', fault: found };
      const reasons = lacks.now();
      return reasons.length === 0 ? { status: 'ready' } : { status: 'degraded', reasons };
    },
    end() {
      isEnding = true;
    },
  };
}

/** Watches for what passes by itself. */
function createLacks(clock: Clock): { report(event: Telling): void; now(): Lack[] } {
  let isOpen = false;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let tokenUntilMs = Number.NEGATIVE_INFINITY;
  /** Before the first attempt to get one, none is missed. */
  let hasTokenFailed = false;
  let isAlone = false;

  return {
    report(event) {
      switch (event.type) {
        case 'breaker.opened':
          isOpen = true;
          break;
        case 'breaker.closed':
          isOpen = false;
          break;
        case 'scheduler.paused':
          if (event.iccid === null) pausedUntilMs = Math.max(pausedUntilMs, clock.now() + event.forMs);
          break;
        case 'token.renewed':
          tokenUntilMs = clock.now() + event.lifetimeMs;
          hasTokenFailed = false;
          break;
        case 'token.rejected':
          tokenUntilMs = Number.NEGATIVE_INFINITY;
          break;
        case 'token.failed':
          hasTokenFailed = true;
          break;
        case 'fleet.lost':
          isAlone = true;
          break;
        case 'fleet.found':
          isAlone = false;
      }
    },
    now() {
      const nowMs = clock.now();
      const lacks: Lack[] = [];
      if (isOpen) lacks.push('breaker open');
      if (nowMs < pausedUntilMs) lacks.push('paused by the upstream');
      if (hasTokenFailed && nowMs >= tokenUntilMs) lacks.push('no token');
      if (isAlone) lacks.push('shared state lost');
      return lacks;
    },
  };
}

function isTelling(event: ProcessEvent): event is Telling {
  return types.has(event.type);
}

function refusalIn(event: Telling): string | null {
  if (event.type !== 'token.failed' && event.type !== 'upstream.failed') return null;
  if (!(event.error instanceof UpstreamError)) return null;
  if (event.error.fault === 'forbidden') return 'the upstream refuses our credentials or our address';
  if (event.type === 'token.failed' && event.error.fault === 'unauthorized')
    return 'the upstream refuses our tokens';
  return null;
}
