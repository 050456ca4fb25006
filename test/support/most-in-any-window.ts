/** The most of these moments that lie in any one window of that length, wherever it begins. Both in one unit. */
export function mostInAnyWindow(moments: readonly number[], length: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, moment, last) => {
    while (moment - (sorted[first] ?? moment) >= length) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
}
