/** What is to be done when, in virtual time that passes only as fast as it is done. Nothing here is a promise. */
export interface Agenda {
  /** Not before now. Of what is due at one moment the least rank goes first, and then whatever was set first. */
  at(atMs: number, rank: number, task: () => void): void;
  nowMs(): number;
  /** Does everything, and what comes of it. */
  run(): void;
}

/** Makes an empty agenda, at the moment 0. */
export function createAgenda(): Agenda {
  const entries: { readonly atMs: number; readonly rank: number; readonly task: () => void }[] = [];
  let nowMs = 0;
  return {
    at(atMs, rank, task) {
      // The next is the last, and what was set last is mostly soon.
      let index = entries.length;
      for (let other = entries[index - 1]; other !== undefined; other = entries[index - 1]) {
        if (atMs < other.atMs || (atMs === other.atMs && rank < other.rank)) break;
        index -= 1;
      }
      entries.splice(index, 0, { atMs, rank, task });
    },
    nowMs: () => nowMs,
    run() {
      for (let next = entries.pop(); next !== undefined; next = entries.pop()) {
        nowMs = next.atMs;
        next.task();
      }
    },
  };
}
