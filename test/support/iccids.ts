import { type Iccid, isIccid } from '../../src/iccid.js';

/** A text that a test knows to be an ICCID. Throws when it is none. */
export function iccidOf(text: string): Iccid {
  if (!isIccid(text)) throw new TypeError(`not an ICCID: ${text}`);
  return text;
}

/** One of very many ICCIDs, another for each number. */
export function iccidNumber(index: number): Iccid {
  return iccidOf(`8944${String(index).padStart(15, '0')}`);
}
