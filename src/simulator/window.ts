/** The kinds of window the upstream may count requests in; which one it uses is not documented. */
export const windowKinds = ['anchored', 'aligned', 'sliding'] as const;

/**
 * - `anchored`: a fixed window that starts at the first hit after the previous one has ended.
 * - `aligned`: a fixed window that starts on each multiple of its length on the clock.
 * - `sliding`: any stretch of time as long as the window, the strictest of the three.
 */
export type WindowKind = (typeof windowKinds)[number];

/** Counts hits against a limit. Times are milliseconds of one clock and never decrease from call to call. */
export interface Window {
  /** Counts one hit, refused or not. Answers 0 when it is admitted, else the milliseconds until one would be. */
  hit(nowMs: number): number;
}

export interface WindowOptions {
  /** When a window starts. */
  kind: WindowKind;
  /** The hits admitted per window; `Infinity` admits all. */
  requests: number;
  /** The window's length in milliseconds. */
  windowMs: number;
}

/** An empty window of the kind asked for. */
export function createWindow(options: WindowOptions): Window {
  const { requests, windowMs } = options;
  switch (options.kind) {
    case 'anchored':
      return createFixedWindow(requests, windowMs, (nowMs, startMs) =>
        nowMs - startMs < windowMs ? startMs : nowMs,
      );
    case 'aligned':
      return createFixedWindow(requests, windowMs, (nowMs) => nowMs - (nowMs % windowMs));
    case 'sliding':
      return createSlidingWindow(requests, windowMs);
  }
}

function createFixedWindow(
  requests: number,
  windowMs: number,
  startOf: (nowMs: number, previousStartMs: number) => number,
): Window {
  let startMs = Number.NEGATIVE_INFINITY;
  let hits = 0;

  return {
    hit(nowMs) {
      const previousStartMs = startMs;
      startMs = startOf(nowMs, previousStartMs);
      hits = startMs === previousStartMs ? hits + 1 : 1;
      return hits <= requests ? 0 : startMs + windowMs - nowMs;
    },
  };
}

function createSlidingWindow(requests: number, windowMs: number): Window {
  // Only the newest `requests` hits can refuse the next one, so older ones are not kept.
  const hitsMs: number[] = [];

  return {
    hit(nowMs) {
      const hasLeft = (hitMs: number | undefined) => hitMs !== undefined && nowMs - hitMs >= windowMs;
      while (hasLeft(hitsMs[0])) hitsMs.shift();

      const isFull = hitsMs.length >= requests;
      if (isFull) hitsMs.shift();
      hitsMs.push(nowMs);

      const [oldestMs = nowMs] = hitsMs;
      return isFull ? oldestMs + windowMs - nowMs : 0;
    },
  };
}
