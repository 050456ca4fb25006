import { createLog, type LogLevel, type ProcessLog } from '../../src/log.js';
import type { Secrets } from '../../src/secrets.js';
import { createManualClock } from './manual-clock.js';

/** A log whose lines can be looked at. */
export interface LogLines extends ProcessLog {
  /** As they are written, oldest first. */
  readonly lines: readonly string[];
}

/** Hides nothing, unless told to: what is never said needs no hiding. Of an event there is a line at once. */
export function createLogLines(
  level: LogLevel,
  secrets: Pick<Secrets, 'scrub'> = { scrub: (text) => text },
): LogLines {
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) };
  const log = createLog({ level, secrets, output, clock: createManualClock() });
  return {
    ...log,
    lines,
    report(event) {
      log.report(event);
      log.flush();
    },
  };
}
