/** How one locale writes amounts and moments. */
export interface Format {
  /** Megabytes of 1024 × 1024 bytes, as gigabytes from 1024 on. Rounded down: what is shown is there. */
  megabytes(amount: number): string;
  minutes(amount: number): string;
  seconds(amount: number): string;
  count(amount: number): string;
  /** An RFC 3339 moment, by date and minute. */
  moment(at: string): string;
}

/** The format of a locale. `timeZone` is the reader's own if undefined. Throws a `RangeError` where either does not exist. */
export function formatIn(locale: string, timeZone: string | undefined): Format {
  const inUnit = (unit: string) => (amount: number) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 2 }).format(amount);
  const megabytes = inUnit('megabyte');
  const gigabytes = inUnit('gigabyte');
  return {
    megabytes: (amount) =>
      amount < 1_024 ? megabytes(amount) : gigabytes(Math.floor((amount / 1_024) * 100) / 100),
    minutes: inUnit('minute'),
    seconds: inUnit('second'),
    count: (amount) => new Intl.NumberFormat(locale).format(amount),
    moment: (at) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
        Date.parse(at),
      ),
  };
}
