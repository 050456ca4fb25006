/** Throws a `RangeError` unless every value is a whole number of its range, or `Infinity` where that is its upper end. */
export function requireWholeNumbers(
  values: Readonly<Record<string, readonly [value: number, lowest: number, highest: number]>>,
): void {
  for (const [name, [value, lowest, highest]] of Object.entries(values)) {
    const isWhole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
    if (!isWhole || value < lowest || value > highest) {
      throw new RangeError(`${name}: expected a whole number from ${lowest} to ${highest}, got ${value}`);
    }
  }
}
