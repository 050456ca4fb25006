import { askAgainMs } from '../../client/ask-again.js';
import type { UsageCardFragment } from '../../generated/operations.js';

/** What is answered for one eSIM. Null beside an entry in `errors`. */
export type Result = UsageCardFragment | null;

export interface KeepReadingOptions {
  readonly iccids: readonly string[];
  /** Asks for several in one operation: a result for each, in their order. */
  read(iccids: readonly string[]): Promise<readonly Result[]>;
  show(iccid: string, result: Result): void;
  after(delayMs: number, task: () => void): void;
}

/** Those that are due within the same moments are asked for in one operation. */
const gridMs = 5_000;

/**
 * Reads eSIMs, shows each, and asks again when that can bring something new. Settles when each has been shown once. While nothing can be read the numbers that were read before
 * stay, and are said to be old.
 */
export async function keepReading({ iccids, read, show, after }: KeepReadingOptions): Promise<void> {
  const shown = new Map<string, Result>();

  async function round(asked: readonly string[]): Promise<void> {
    const answered = await read(asked).catch(() => []);
    const due = new Map<number, string[]>();
    for (const [at, iccid] of asked.entries()) {
      const result = answered[at] ?? inStead(shown.get(iccid));
      shown.set(iccid, result);
      show(iccid, result);
      const waitMs = askAgainMs(result);
      if (waitMs === null) continue;
      const dueMs = Math.ceil(waitMs / gridMs) * gridMs;
      due.set(dueMs, [...(due.get(dueMs) ?? []), iccid]);
    }
    for (const [dueMs, together] of due) after(dueMs, () => void round(together));
  }

  await round(iccids);
}

/** What to show when there was no result: the one before, as the old one that it is. */
function inStead(before: Result | undefined): Result {
  if (before?.__typename !== 'EsimUsage') return null;
  return { ...before, freshness: { ...before.freshness, staleReason: 'UNAVAILABLE' } };
}
