import type { Clock } from '../clock.js';
import { ThrottledError, TooManyRequestsError, UpstreamError, UsageError } from '../errors.js';
import type { Report } from '../events.js';
import type { Iccid } from '../iccid.js';
import { PassingMap } from '../passing-map.js';
import type { Caller, Place, UsageReading, UsageSource } from '../usage.js';
import { createComebacks } from './comebacks.js';
import type { Gate, Wait } from './gate.js';
import { createPauses } from './pauses.js';

export interface SchedulerOptions {
  /** What is read when it is a call's turn. */
  readonly source: UsageSource;
  /** The limit that all calls share. */
  readonly company: Gate;
  /** Makes the limit of one ICCID. */
  readonly createIccidGate: () => Gate;
  readonly clock: Clock;
  readonly report: Report;
}

type Call = () => Promise<UsageReading>;

/** More than the company's limit lets out in half an hour: who is refused then need not know any better. */
const mostComebacks = 10_000;

/**
 * Lets reads through within the company's and each ICCID's limit, and pauses as the upstream asks. Rejects with a
 * `ThrottledError` as soon as it is known that an answer cannot make the caller's deadline, or with what the upstream
 * said when that is why; and with an `AbandonedError` when the caller leaves before the call is sent.
 */
export function createScheduler(options: SchedulerOptions): UsageSource {
  const { source, company, clock, report } = options;
  const pauses = createPauses();
  const comebacks = createComebacks<Iccid>(mostComebacks);
  /** Least recently used first. Holds those that a call went to within the ICCID window, and no others for long. */
  const iccidGates = new PassingMap<Iccid, Gate>();

  function gateOf(iccid: Iccid): Gate {
    const gate = iccidGates.get(iccid) ?? options.createIccidGate();
    iccidGates.delete(iccid);
    for (const [other, oldest] of iccidGates.entries()) {
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

  function readInTurn(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    const askedAtMs = clock.now();
    const call: Call = () => {
      report({ type: 'scheduler.turn', iccid, waitedMs: clock.now() - askedAtMs });
      return readAndLearn(iccid, caller);
    };
    // Nobody has called for such an ICCID lately: its limit has room, unless many come at once. Most that are refused are such.
    return iccidGates.has(iccid)
      ? throughIccidGate(iccid, caller, () => inCompanyTurn(iccid, caller, call))
      : inCompanyTurn(iccid, caller, () => throughIccidGate(iccid, caller, call));
  }

  function throughIccidGate(iccid: Iccid, caller: Caller, call: Call): Promise<UsageReading> {
    return gateOf(iccid).run(call, waitOf(iccid, caller));
  }

  function inCompanyTurn(iccid: Iccid, caller: Caller, call: Call): Promise<UsageReading> {
    return company.run(
      () => {
        if (company.waiting() === 0) comebacks.clear();
        else comebacks.release(iccid);
        return call();
      },
      waitOf(iccid, caller, caller.hasOld ? undefined : (retryAfterMs) => comeBack(iccid, retryAfterMs)),
    );
  }

  function waitOf(iccid: Iccid, caller: Caller, comeBack?: Wait['comeBack']): Wait {
    return new CallersWait(caller, (ahead) => report({ type: 'scheduler.wait', iccid, ahead }), comeBack);
  }

  async function readAndLearn(iccid: Iccid, caller: Caller): Promise<UsageReading> {
    const sentAtMs = clock.now();
    try {
      const reading = await source.read(iccid, caller);
      pauses.answered(sentAtMs);
      return reading;
    } catch (error) {
      throw error instanceof UsageError ? learn(iccid, error, sentAtMs) : error;
    }
  }

  /** Pauses as the error asks. The error that callers should see: with the moment to come back. */
  function learn(iccid: Iccid, error: UsageError, sentAtMs: number): UsageError {
    const isLimit = error instanceof TooManyRequestsError;
    const isPause = isLimit || (error instanceof UpstreamError && error.concerns === 'company');
    if (!isPause) {
      if (error.delivery === 'answered') pauses.answered(sentAtMs);
      return error;
    }
    const forMs = pauses.next(error, sentAtMs, clock.now());
    (error.concerns === 'iccid' ? gateOf(iccid) : company).pause(forMs, error);
    report({ type: 'scheduler.paused', iccid: error.concerns === 'iccid' ? iccid : null, error, forMs });
    return isLimit ? new TooManyRequestsError(error.concerns, forMs) : error;
  }

  function comeBack(iccid: Iccid, retryAfterMs: number): number {
    const nowMs = clock.now();
    return comebacks.book(iccid, nowMs, nowMs + retryAfterMs, company.paceMs()) - nowMs;
  }

  return {
    read: (iccid, caller) =>
      readInTurn(iccid, caller).catch((error: unknown) => {
        if (error instanceof ThrottledError)
          report({ type: 'scheduler.refused', iccid, retryAfterMs: error.retryAfterMs });
        forgetIfIdle(iccid);
        throw error;
      }),
  };
}

/** As its caller waits. A class, because each literal with accessors gets a hidden class of its own: too slow for a crowd. */
class CallersWait implements Wait {
  readonly onWait: (ahead: number) => void;
  readonly comeBack: Wait['comeBack'];
  readonly #caller: Caller;

  constructor(caller: Caller, onWait: (ahead: number) => void, comeBack: Wait['comeBack']) {
    this.#caller = caller;
    this.onWait = onWait;
    this.comeBack = comeBack;
  }

  get deadlineMs(): number {
    return this.#caller.deadlineMs;
  }

  get place(): Place | undefined {
    return this.#caller.place;
  }

  get signal(): AbortSignal | undefined {
    return this.#caller.signal;
  }
}
