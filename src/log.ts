import pino from 'pino';
import type { Clock } from './clock.js';
import { RememberedError } from './errors.js';
import { maskIccid } from './iccid.js';
import { createLineBatch } from './line-batch.js';
import type { Listener, ProcessEvent } from './listeners.js';
import { longestText, operationLine } from './operation-line.js';
import type { Output } from './output.js';
import { ownFrames } from './own-frames.js';
import type { Secrets } from './secrets.js';

/** What a line is worth. Of what a healthy gateway does, an operation and a call to the upstream are `info`, the rest is `debug`. */
const levels: Partial<Record<ProcessEvent['type'], pino.Level>> = {
  'auth.unavailable': 'error',
  'operation.ended': 'info',
  'upstream.reply': 'info',
  'fleet.lost': 'error',
  'fleet.found': 'info',
  'token.renewed': 'info',
  'token.failed': 'error',
  'token.rejected': 'warn',
  'upstream.failed': 'warn',
  // Within the limits that this gateway knows of there should be none.
  'scheduler.paused': 'error',
  'breaker.opened': 'error',
  'breaker.closed': 'info',
  'upstream.businessCode': 'warn',
  'upstream.statusUnknown': 'warn',
  'upstream.expiryUnreadable': 'warn',
};

/** The log levels, most talkative first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What happens to a process beside its events. */
export interface ProcessLog extends Required<Listener> {
  /** The process was told to end, by this signal if it was one. */
  ending(signal: string | null): void;
  /** The process ends for this, which nobody caught. */
  fatal(error: unknown): void;
  /** So many lines could not be written. */
  dropped(lines: number): void;
  /** Writes now what waits for a moment, to be written with more. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly secrets: Pick<Secrets, 'scrub'>;
  readonly output: Pick<Output, 'write'>;
  readonly clock: Pick<Clock, 'after'>;
}

/** From here on a number could be an ICCID, and is not written. */
const longNumber = 1e14;

/** Writes one JSON line of each event, without secrets: ICCIDs masked, errors by our own words only, times in whole milliseconds. */
export function createLog({ level, secrets, output, clock }: LogOptions): ProcessLog {
  const time = createTime();
  const batch = createLineBatch({
    write: (text, lines) => output.write(secrets.scrub(text), lines),
    clock,
  });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: time,
      hooks: { streamWrite: secrets.scrub },
    },
    {
      // At once, because it may be the last: and after those that were before it.
      write(line) {
        batch.flush();
        output.write(line);
      },
    },
  );
  // A healthy gateway has a hundred events for each that is written, and pino takes its time to tell.
  const written = new Map(Object.entries(levels).filter(([, level]) => logger.isLevelEnabled(level)));
  const worthOf = (level: pino.Level): pino.Level | null => (logger.isLevelEnabled(level) ? level : null);
  const [bugWorth, otherWorth] = [worthOf('error'), worthOf('debug')];
  const worthOfType = (type: ProcessEvent['type']): pino.Level | null => written.get(type) ?? otherWorth;

  /** What is said of an error that nobody expected, which may hold words of others. */
  function factsOf(thrown: unknown): Record<string, unknown> {
    const {
      name,
      message,
      stack = '',
    } = thrown instanceof Error ? thrown : { name: typeof thrown, message: String(thrown) };
    // Cut where no secret is cut, of which the rest would not be found.
    return { error: name, message: secrets.scrub(message).slice(0, longestText), at: ownFrames(stack) };
  }

  return {
    // A bug in an operation is worth more than the operation.
    hears: (type) => type === 'operation.ended' || worthOfType(type) !== null,
    report(event) {
      const bug = event.type === 'operation.ended' ? event.bug : null;
      const worth = bug === null ? worthOfType(event.type) : bugWorth;
      if (worth === null) return;
      if (event.type === 'operation.ended' && bug === null) batch.add(operationLine(event, time()));
      else logger[worth]({ ...lineOf(event), ...(bug && { bug: factsOf(bug) }) }, event.type);
    },
    fatal(error) {
      logger.fatal(factsOf(error), 'process.failed');
    },
    ending: (signal) => logger.info({ signal }, 'process.ending'),
    dropped: (lines) => logger.warn({ lines }, 'log.dropped'),
    flush: batch.flush,
  };
}

/** Tells the time as pino's `isoTime` does, which takes longest for the same millisecond. */
function createTime(): () => string {
  let [atMs, text] = [Number.NaN, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}

function lineOf({ type: _type, ...event }: ProcessEvent): Record<string, unknown> {
  const { iccid, error, answers, bug, statusCode, ...fields } = {
    bug: null,
    iccid: undefined,
    error: undefined,
    answers: undefined,
    statusCode: undefined,
    ...event,
  };
  return {
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, short(value)])),
    ...(answers && { answers: Object.fromEntries(answers) }),
    ...(iccid && { iccid: maskIccid(iccid) }),
    ...(statusCode !== undefined && isStatus(statusCode) && { statusCode }),
    ...(error && { error: error.message, remembered: error instanceof RememberedError }),
  };
}

function short(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longestText);
  if (typeof value !== 'number') return value;
  return Math.abs(value) < longNumber ? Math.round(value) : null;
}

/** Whether what the upstream sent for a status could be one. Anything else is not repeated. */
function isStatus(text: string): boolean {
  return /^[\w -]{1,40}$/.test(text);
}
