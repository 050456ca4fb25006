declare const checked: unique symbol;

/**
 * The number printed on an eSIM: 15 to 22 ASCII digits, leading zeros kept. Only `isIccid` makes one.
 * Neither the Luhn digit nor a leading 89 is demanded: the documentation's own examples have neither
 * (Airalo Partner API documentation).
 */
export type Iccid = string & { readonly [checked]: true };

/** Whether something is an ICCID as it stands. Nothing is trimmed or converted: a number has already lost digits. */
export function isIccid(value: unknown): value is Iccid {
  return typeof value === 'string' && /^[0-9]{15,22}$/.test(value);
}

/**
 * The ICCID that a text is, as a text of its own. Null where it is none. What is cut out of a longer text, as graphql-js does with a
 * document, V8 keeps as a part of that, and whoever keeps an ICCID for long would keep documents of a hundred kilobytes.
 */
export function iccidIn(text: string): Iccid | null {
  const copy = Buffer.from(text).toString();
  return isIccid(copy) ? copy : null;
}

/** An ICCID as logs may show it: the first 2 and the last 4 digits. */
export function maskIccid(iccid: Iccid): string {
  return `${iccid.slice(0, 2)}…${iccid.slice(-4)}`;
}
