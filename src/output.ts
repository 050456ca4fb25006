import type { Writable } from 'node:stream';
import type { Clock } from './clock.js';

/** Where lines go, whether or not somebody reads them. */
export interface Output {
  /** Never waits and never throws. Drops the line where too many wait already, or none can be written any more. */
  write(line: string): void;
  /** Settles when every line is written, or after `withinMs`. */
  flush(withinMs: number): Promise<void>;
}

export interface OutputOptions {
  readonly stream: Writable;
  /** What may wait at most for somebody to read, in the stream's own count. */
  readonly maxWaiting: number;
  /** Told, once there is room again, how many lines were dropped meanwhile. */
  readonly onDropped: (lines: number) => void;
  readonly clock: Clock;
}

/** Writes to a stream whose errors are somebody else's business. */
export function createOutput({ stream, maxWaiting, onDropped, clock }: OutputOptions): Output {
  let dropped = 0;
  stream.on('drain', () => {
    const lines = dropped;
    dropped = 0;
    if (lines > 0) onDropped(lines);
  });

  return {
    write(line) {
      if (stream.writable && stream.writableLength + line.length <= maxWaiting) stream.write(line);
      else dropped += 1;
    },
    flush(withinMs) {
      return new Promise((resolve) => {
        const cancel = clock.after(withinMs, resolve);
        const finish = (): void => {
          cancel();
          resolve();
        };
        // Called when all that was written before it is through, or never will be.
        if (stream.writable) stream.write('', finish);
        else finish();
      });
    },
  };
}
