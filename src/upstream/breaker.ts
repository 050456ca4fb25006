import type { Clock } from '../clock.js';
import { RememberedError, UpstreamError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { Iccid } from '../iccid.js';
import type { UsageSource } from '../usage.js';

export interface BreakerOptions {
  /** So many eSIMs in a row that cannot be read open the circuit. */
  readonly breakerFailures: number;
  /** For how long nothing is sent then, in milliseconds; after that one call finds out. */
  readonly breakerMs: number;
  readonly clock: Clock;
  readonly report: Report;
}

/** A circuit breaker: an upstream that is down is asked by one probe at a time, and everybody else is told at once. */
export interface Breaker {
  /** Half-open is a circuit that the next call may close: it is the probe, or there is one already. */
  state(): 'closed' | 'open' | 'half-open';
  /** Rejects at once while the circuit is open or a probe is under way, so that nobody waits for a slot in vain. */
  before(source: UsageSource): UsageSource;
  /**
   * Watches how calls end. Rejects with a `RememberedError` while the circuit is open; when it has been for long enough, lets
   * a single one out, on which depends whether it closes (half-open).
   */
  around(source: UsageSource): UsageSource;
}

interface Open {
  readonly error: UsageError;
  readonly untilMs: number;
  isProbed: boolean;
}

/** When to come back while a probe is under way. */
const probeMs = 1_000;

/**
 * Makes a breaker whose circuit is closed. Only failures of different eSIMs count: one whose answer is always garbled must not
 * take the others with it.
 */
export function createBreaker({ breakerFailures, breakerMs, clock, report }: BreakerOptions): Breaker {
  const failing = new Set<Iccid>();
  let open: Open | null = null;
  let openings = 0;

  /** Null when a call may go out. */
  function refusal(): UsageError | null {
    if (open === null) return null;
    const leftMs = open.untilMs - clock.now();
    if (leftMs > 0) return new RememberedError(open.error, leftMs);
    return open.isProbed ? new RememberedError(open.error, probeMs) : null;
  }

  function failed(iccid: Iccid, error: UsageError): void {
    failing.add(iccid);
    if (open === null && failing.size < breakerFailures) return;
    openings += 1;
    open = { error, untilMs: clock.now() + breakerMs, isProbed: false };
    report({ type: 'breaker.opened', error, forMs: breakerMs });
  }

  function succeeded(): void {
    // Emptied even when it is empty, a set lays out a new table.
    if (failing.size > 0) failing.clear();
    if (open !== null) report({ type: 'breaker.closed' });
    open = null;
  }

  function learn(iccid: Iccid, error: unknown, openingsBefore: number): void {
    if (!(error instanceof UsageError) || error.delivery === 'unsent') return;
    if (!isTrouble(error)) succeeded();
    // What was sent before the circuit last opened says nothing new.
    else if (openingsBefore === openings) failed(iccid, error);
  }

  /** The circuit that is open, if this call is its probe. */
  function beginProbe(iccid: Iccid): Open | null {
    if (open === null) return null;
    open.isProbed = true;
    report({ type: 'breaker.probe', iccid });
    return open;
  }

  /** Of what opened the circuit, too: nothing can be sent any sooner. */
  function failedBehind(error: unknown): never {
    throw (isTrouble(error) && refusal()) || error;
  }

  return {
    state() {
      if (open === null) return 'closed';
      return clock.now() < open.untilMs ? 'open' : 'half-open';
    },

    before: (source) => ({
      read(iccid, caller) {
        const refused = refusal();
        return refused === null ? source.read(iccid, caller).catch(failedBehind) : Promise.reject(refused);
      },
    }),

    around: (source) => ({
      async read(iccid, caller) {
        const refused = refusal();
        if (refused !== null) throw refused;
        const probed = beginProbe(iccid);
        const openingsBefore = openings;
        try {
          const reading = await source.read(iccid, caller);
          succeeded();
          return reading;
        } catch (error) {
          learn(iccid, error, openingsBefore);
          throw error;
        } finally {
          if (probed !== null) probed.isProbed = false;
        }
      },
    }),
  };
}

/** Whether it is the upstream that is in trouble, and not the eSIM, the token or a limit. */
function isTrouble(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.fault !== 'unauthorized';
}
