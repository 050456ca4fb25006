import pino from 'pino';
import { RememberedError } from './errors.js';
import type { ServerEvent, UsageEvent } from './events.js';
import { maskIccid } from './iccid.js';

/** What a line is worth. Everything that a healthy gateway does is `debug`. */
const levels: Partial<Record<(UsageEvent | ServerEvent)['type'], pino.Level>> = {
  'auth.keysUnavailable': 'error',
  'operation.ended': 'info',
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

/** Writes events as JSON lines, on standard output unless told otherwise: ICCIDs masked, errors by our own words only. */
export function createLog(
  level: LogLevel,
  destination: pino.DestinationStream = pino.destination(1),
): (event: UsageEvent | ServerEvent) => void {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return ({ type, ...rest }) => {
    const { iccid, error, answers, ...fields } = {
      iccid: undefined,
      error: undefined,
      answers: undefined,
      ...rest,
    };
    logger[levels[type] ?? 'debug'](
      {
        ...fields,
        ...(answers && { answers: Object.fromEntries(answers) }),
        ...(iccid ? { iccid: maskIccid(iccid) } : {}),
        ...(error === undefined
          ? {}
          : { error: error.message, remembered: error instanceof RememberedError }),
      },
      type,
    );
  };
}
