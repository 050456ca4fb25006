import type { Simulator } from 'esim-usage-gateway/simulator';
import { mostInAnyWindow } from './most-in-any-window.js';

/** What arrived at the upstream while gateways were asked for far more than the limit allows, and what they answered. */
export interface Phase {
  readonly phase: string;
  readonly arrivals: number;
  readonly tokens: number;
  readonly 'most in a second': number;
  readonly '429s': number;
  readonly readings: number;
  readonly 'not readings': number;
  /** The longest time in which nothing arrived. */
  readonly 'silent for, ms': number;
  /** When it ended, from the beginning. */
  readonly 'until, ms': number;
  /** What arrived after it, by what the limit allows. Null where that was too short to say. */
  readonly throughput: number | null;
}

export interface PhaseOptions {
  readonly phase: string;
  /** From when to when they were asked, by `performance.now()`. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly answers: readonly string[];
  readonly roundTripMs: number;
}

const companyRequests = 5;
const windowMs = 1_000;
const enoughMs = 10_000;

/** Looks back at a phase that is over. */
export function phaseOf({ arrivals }: Pick<Simulator, 'arrivals'>, options: PhaseOptions): Phase {
  const { phase, fromMs, untilMs, answers, roundTripMs } = options;
  const arrived = arrivals.filter(({ atMs }) => atMs >= fromMs);
  const moments = arrived.map(({ atMs }) => atMs);
  const silence = longestGap([fromMs, ...moments]);
  const readings = answers.filter(isReading).length;
  return {
    phase,
    arrivals: arrived.length,
    tokens: arrived.filter(({ kind }) => kind === 'token').length,
    // A window may have begun before.
    'most in a second': mostInAnyWindow(
      arrivals.map(({ atMs }) => atMs).filter((atMs) => atMs > fromMs - windowMs),
      windowMs,
    ),
    '429s': arrived.filter(({ status }) => status === 429).length,
    readings,
    'not readings': answers.length - readings,
    'silent for, ms': Math.round(silence.endMs - silence.beganMs),
    'until, ms': Math.round(silence.endMs - fromMs),
    throughput:
      untilMs - silence.endMs < enoughMs
        ? null
        : throughputOf(
            moments.filter((atMs) => atMs >= silence.endMs && atMs <= untilMs),
            roundTripMs,
          ),
  };
}

/** What is wrong with it. Nothing may arrive for so long at the most. */
export function phaseFaults(phase: Phase, longestSilenceMs: number): string[] {
  const faults = Object.entries({
    'too many in a second': phase['most in a second'] > companyRequests,
    'refused by the upstream': phase['429s'] > 0,
    'silent for too long': phase['silent for, ms'] > longestSilenceMs,
    'nothing was read': phase.readings === 0,
  });
  return faults.filter(([, isSo]) => isSo).map(([fault]) => `${phase.phase}: ${fault}`);
}

/** Whether an answer holds a reading. */
export function isReading(answer: string): boolean {
  return answer.includes('"remaining"');
}

/** Whether an answer says that there is no room, and when to come back. */
export function isRefused(answer: string): boolean {
  return /"code":"THROTTLED","retryAfterSeconds":\d/.test(answer);
}

function longestGap(moments: readonly number[]): { beganMs: number; endMs: number } {
  const gaps = moments.slice(1).map((endMs, index) => ({ beganMs: moments[index] ?? endMs, endMs }));
  return gaps.reduce((longest, gap) => (lengthOf(gap) > lengthOf(longest) ? gap : longest), {
    beganMs: 0,
    endMs: 0,
  });
}

function lengthOf({ beganMs, endMs }: { beganMs: number; endMs: number }): number {
  return endMs - beganMs;
}

/** At first all slots are free at once; then each sends once in a window and a round trip. */
function throughputOf(moments: readonly number[], roundTripMs: number): number {
  const [firstMs = 0] = moments;
  const perMs = (moments.length - companyRequests) / ((moments.at(-1) ?? 0) - firstMs);
  return Number(((perMs * (windowMs + roundTripMs)) / companyRequests).toFixed(3));
}
