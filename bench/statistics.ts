/** The middle of several figures, and how far they are apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Throws a `RangeError` when there are none. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  const [least, most] = [sorted.at(0), sorted.at(-1)];
  if (below === undefined || above === undefined || least === undefined || most === undefined)
    throw new RangeError('figures: expected at least one, got none');
  return { median: (below + above) / 2, least, most };
}

/** Rounded, with its thousands apart, to be read. */
export const whole = (figure: number): string => Math.round(figure).toLocaleString('en');
