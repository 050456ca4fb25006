import { ThrottledError } from '../errors.js';
import type { Report } from '../events.js';
import type { Iccid } from '../iccid.js';
import type { UsageSource } from '../usage.js';
import type { Gate } from './gate.js';

export interface SchedulerOptions {
  /** What is read when it is a call's turn. */
  readonly source: UsageSource;
  /** The limit that all calls share. */
  readonly company: Gate;
  /** Makes the limit of one ICCID. */
  readonly createIccidGate: () => Gate;
  readonly report: Report;
}

/**
 * Lets reads through within the company's and each ICCID's limit. Rejects with a `ThrottledError` as soon as it is known that
 * an answer cannot make the caller's deadline, and with an `AbandonedError` when the caller leaves before the call is sent.
 */
export function createScheduler({ source, company, createIccidGate, report }: SchedulerOptions): UsageSource {
  /** Least recently used first. Holds those that a call went to within the ICCID window, and no others for long. */
  const iccidGates = new Map<Iccid, Gate>();

  function gateOf(iccid: Iccid): Gate {
    const gate = iccidGates.get(iccid) ?? createIccidGate();
    iccidGates.delete(iccid);
    for (const [other, oldest] of iccidGates) {
      if (!oldest.idle()) break;
      iccidGates.delete(other);
    }
    iccidGates.set(iccid, gate);
    return gate;
  }

  /** For a read that was never sent: very many can be refused before the oldest gate is idle and makes way. */
  function forgetIfIdle(iccid: Iccid): void {
    if (iccidGates.get(iccid)?.idle()) iccidGates.delete(iccid);
  }

  return {
    async read(iccid, caller) {
      const wait = {
        get deadlineMs(): number {
          return caller.deadlineMs;
        },
        signal: caller.signal,
        onWait: (ahead: number) => report({ type: 'scheduler.wait', iccid, ahead }),
      };
      const call = () => source.read(iccid, caller);
      try {
        return await gateOf(iccid).run(() => company.run(call, wait), wait);
      } catch (error) {
        if (error instanceof ThrottledError && error.source === 'gateway')
          report({ type: 'scheduler.refused', iccid, retryAfterMs: error.retryAfterMs });
        throw error;
      } finally {
        forgetIfIdle(iccid);
      }
    },
  };
}
