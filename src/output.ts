import type { Writable } from 'node:stream';
import type { Clock } from './clock.js';

/** Where lines go, whether or not somebody reads them. */
export interface Output {
  /**
   * Never waits and never throws. Drops the text, of one line or so many, where too much waits already, or nothing can be written any more.
   */
  write(text: string, lines?: number): void;
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
    write(text, lines = 1) {
      if (stream.writable && stream.writableLength + text.length <= maxWaiting) stream.write(text);
      else dropped += lines;
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
