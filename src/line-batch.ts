import type { Clock } from './clock.js';

export interface LineBatchOptions {
  /** Takes so many lines at once, in their order. */
  readonly write: (text: string, lines: number) => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** Gathers lines for a moment: to write many costs little more than to write one. */
export interface LineBatch {
  add(line: string): void;
  /** Writes those that are gathered, if there are any. */
  flush(): void;
}

/** For how long a line waits for others, in milliseconds. */
const longestMs = 5;
/** How many characters wait at most. */
const mostCharacters = 16_384;

/** Makes a batch that is empty. */
export function createLineBatch({ write, clock }: LineBatchOptions): LineBatch {
  let text = '';
  let lines = 0;
  let cancel: (() => void) | undefined;

  function flush(): void {
    if (lines === 0) return;
    cancel?.();
    const gathered = { text, lines };
    [text, lines] = ['', 0];
    write(gathered.text, gathered.lines);
  }

  return {
    add(line) {
      if (lines === 0) cancel = clock.after(longestMs, flush);
      text += line;
      lines += 1;
      if (text.length >= mostCharacters) flush();
    },
    flush,
  };
}
