/** The values of those numbers that are asked for most often. */
export interface Frequent<Value> {
  get(number: number): Value | undefined;
  /** The value of a number that was not there. Whether it will be, others decide as well. */
  offer(number: number, value: Value): void;
  forget(number: number): void;
}

/** How often another must have been offered in vain before what was asked for so often makes way. */
const mostStrength = 15;

/**
 * Keeps at most so many. Numbers that are the same modulo that have one place, which is the one's that is asked for in most cases (the
 * majority vote of Boyer and Moore): for one that is rarely asked for nothing goes, and nothing is allocated that lives long.
 */
export function createFrequent<Value>(most: number): Frequent<Value> {
  const owners = new Int32Array(most).fill(-1);
  const strengths = new DataView(new ArrayBuffer(most));
  const values = new Array<Value | undefined>(most).fill(undefined);

  return {
    get(number) {
      const place = number % most;
      if (owners[place] !== number) return undefined;
      strengths.setUint8(place, Math.min(strengths.getUint8(place) + 1, mostStrength));
      return values[place];
    },
    offer(number, value) {
      const place = number % most;
      const strength = strengths.getUint8(place);
      if (strength > 0) strengths.setUint8(place, strength - 1);
      else {
        owners[place] = number;
        values[place] = value;
      }
    },
    forget(number) {
      const place = number % most;
      if (owners[place] !== number) return;
      owners[place] = -1;
      strengths.setUint8(place, 0);
      values[place] = undefined;
    },
  };
}
