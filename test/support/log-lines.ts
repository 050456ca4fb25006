import { createLog, type LogLevel, type ProcessLog } from '../../src/log.js';
import type { Secrets } from '../../src/secrets.js';

/** A log whose lines can be looked at. */
export interface LogLines extends ProcessLog {
  /** As they are written, oldest first. */
  readonly lines: readonly string[];
}

/** Hides nothing, unless told to: what is never said needs no hiding. */
export function createLogLines(
  level: LogLevel,
  secrets: Pick<Secrets, 'scrub'> = { scrub: (text) => text },
): LogLines {
  const lines: string[] = [];
  return { ...createLog({ level, secrets, output: { write: (line) => lines.push(line) } }), lines };
}
