/** The lanes of a line, in the order in which they go. */
export const lanes = { urgent: 0, interactive: 1, background: 2 } as const;

/** Where one stands in a line. */
export interface Standing {
  readonly lane: number;
  /** Within its lane the least goes first, and of those with the same whoever came first. */
  readonly turn: number;
  /** The turn that it was when this came. */
  readonly since: number;
  readonly patienceMs: number;
}

/** What is to be expected of a line, if each call takes as long as calls do and nobody else comes. */
export interface Prospect {
  /** Who waits and will go, in that order. */
  readonly staying: readonly Standing[];
  /** When each of them will. */
  readonly startsMs: readonly number[];
  /** When one would that comes after them all. */
  readonly nextMs: number;
  /** What few calls take longer than, in milliseconds. */
  readonly mostMs: number;
  /** The turn that it is. */
  readonly turn: number;
  /** Most that may wait, the urgent ones not counted. */
  readonly maxWaiting: number;
}

/**
 * When one that cannot be let in now would be, with the same patience: not before `nowMs`. The later it comes, the fewer are left,
 * but the further back it can stand among them, because the turn that it is then counts.
 */
export function letInAt(
  { lane, turn, since, patienceMs }: Standing,
  prospect: Prospect,
  nowMs: number,
): number {
  const { staying, startsMs, nextMs, mostMs, maxWaiting } = prospect;
  const startOf = (index: number): number => startsMs[index] ?? nextMs;
  let turnThen = prospect.turn;
  let ahead = 0;
  let urgentAhead = 0;

  /** If it came between that moment, when so many have gone, and when the next one goes. */
  function letInAfter(gone: number, goneMs: number): number {
    for (let next = staying[ahead]; next !== undefined; next = staying[ahead]) {
      const goesBefore = next.lane < lane || (next.lane === lane && next.turn - turnThen <= turn - since);
      if (!goesBefore && ahead >= gone) break;
      if (next.lane === lanes.urgent) urgentAhead += 1;
      ahead += 1;
    }
    const startMs = startOf(ahead);
    const hasPlace = lane === lanes.urgent || ahead - Math.max(gone, urgentAhead) < maxWaiting;
    return Math.max(goneMs, startMs + mostMs - patienceMs, hasPlace ? goneMs : startMs);
  }

  let atMs = letInAfter(0, nowMs);
  // Counted, because a crowd asks this for each that is refused, and `entries` makes an array for each that stays.
  for (let gone = 0, next = staying[0]; next !== undefined && atMs >= startOf(gone); next = staying[gone]) {
    if (next.lane === lanes.interactive) turnThen = Math.max(turnThen, next.turn);
    gone += 1;
    atMs = letInAfter(gone, startOf(gone - 1));
  }
  return atMs;
}
