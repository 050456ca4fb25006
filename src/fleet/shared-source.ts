import {
  AbandonedError,
  ElsewhereError,
  NotFoundError,
  RememberedError,
  TooManyRequestsError,
  UsageError,
} from '../errors.js';
import type { Report } from '../events.js';
import type { EsimUsageEnvironment } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { Caller, UsageReading, UsageSource } from '../usage.js';
import type { Fleet } from './fleet.js';
import type { FleetClock } from './fleet-clock.js';
import { decode, encode, type Known } from './shared-readings.js';
import type { CallLimit, Outcome, SharedValues } from './shared-values.js';
import { readUnlessBrought } from './unless-brought.js';

export interface SharedSourceOptions {
  readonly values: SharedValues;
  readonly limit: CallLimit;
  readonly environment: EsimUsageEnvironment;
  /** For how long after it was fetched a reading may be served when no newer one can be had, in milliseconds. */
  readonly staleMs: number;
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
  readonly clock: FleetClock;
  readonly report: Report;
}

/** How often those look who wait for what another brings, in milliseconds. */
const lookEveryMs = 50;
/** As the pause of one ICCID's line. */
const iccidPauseMs = 60_000;

/** Makes the two places of a fleet on the path of a read: before it waits for its turn, and in its turn. */
export function createSharedSource(options: SharedSourceOptions): Pick<Fleet, 'share' | 'inTurn'> {
  const { values, limit, environment, staleMs, notFoundMs, clock, report } = options;

  /** What is known, if it is still true. */
  function current(text: string | null, iccid: Iccid): Known | null {
    const known = decode(text, iccid, environment, clock);
    const endMs = known?.kind === 'reading' ? known.reading.fetchedAtMs + staleMs : known?.untilMs;
    return endMs !== undefined && clock.now() < endMs ? known : null;
  }

  const isFresh = (known: Known | null): boolean =>
    known !== null && (known.kind === 'not found' || clock.now() < known.reading.freshUntilMs);

  async function answer(iccid: Iccid, known: Known): Promise<UsageReading> {
    report({ type: 'fleet.hit', iccid });
    if (known.kind === 'reading') return known.reading;
    throw new RememberedError(new NotFoundError(), known.untilMs - clock.now());
  }

  function outcomeOf(iccid: Iccid, known: Known, untilMs: number): Outcome {
    const text = encode(iccid, known, clock);
    const keptMs = untilMs - clock.now();
    return text === null || keptMs <= 0 ? {} : { value: { text, keptMs } };
  }

  function outcomeOfError(iccid: Iccid, error: unknown): Outcome {
    if (error instanceof NotFoundError) {
      const untilMs = clock.now() + notFoundMs;
      return outcomeOf(iccid, { kind: 'not found', untilMs }, untilMs);
    }
    if (error instanceof TooManyRequestsError && error.concerns === 'iccid')
      return { pauseMs: error.retryAfterMs ?? iccidPauseMs };
    return { isUnsent: error instanceof UsageError && error.delivery === 'unsent' };
  }

  async function isBrought(iccid: Iccid): Promise<boolean> {
    return isFresh(current((await values.see(iccid)).value, iccid));
  }

  /** Null when another process brings it, so that looking again helps. */
  async function lookAndRead(
    source: UsageSource,
    onOld: (reading: UsageReading) => void,
    iccid: Iccid,
    caller: Caller,
  ): Promise<UsageReading | null> {
    const seen = await values.see(iccid);
    const known = current(seen.value, iccid);
    if (known !== null && isFresh(known)) return answer(iccid, known);
    if (known?.kind === 'reading') onOld(known.reading);
    if (!seen.isUnderWay) return readUnlessBrought({ source, isBrought, clock }, iccid, caller);
    await soon(caller.signal);
    return null;
  }

  return {
    share: (source, onOld) => ({
      async read(iccid, caller) {
        let reading: UsageReading | null = null;
        while (reading === null) reading = await lookAndRead(source, onOld, iccid, caller);
        return reading;
      },
    }),

    inTurn: (source) => ({
      async read(iccid, caller) {
        const turn = await values.take(iccid, limit);
        if (isFresh(current(turn.value, iccid))) {
          turn.settle({ isUnsent: true });
          throw new ElsewhereError();
        }
        try {
          const reading = await source.read(iccid, caller);
          turn.settle(outcomeOf(iccid, { kind: 'reading', reading }, reading.fetchedAtMs + staleMs));
          return reading;
        } catch (error) {
          turn.settle(outcomeOfError(iccid, error));
          throw error;
        }
      },
    }),
  };

  function soon(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(lookEveryMs, () => {
        signal?.removeEventListener('abort', gone);
        resolve();
      });
      function gone(): void {
        cancel();
        reject(new AbandonedError());
      }
      if (signal?.aborted) gone();
      else signal?.addEventListener('abort', gone, { once: true });
    });
  }
}
