/**
 * Draws from 0 up to `count`: the n-th (from 0) is drawn 1 / (n + 1) times as often as the first. `random` gives numbers from 0 to
 * below 1.
 */
export function createZipf(count: number, random: () => number): () => number {
  let sum = 0;
  const sums = Float64Array.from({ length: count }, (_, rank) => {
    sum += 1 / (rank + 1);
    return sum;
  });

  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** The same numbers from 0 to below 1 in each run, for the same traffic (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
