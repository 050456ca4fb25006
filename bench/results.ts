import type { Coalescing } from './coalescing.js';
import type { Cold } from './cold.js';
import type { Holding } from './holding.js';
import type { Measurement } from './measure.js';
import type { Mixed } from './mixed.js';

/** All that one run measured. */
export interface Results {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    readonly load: string;
    readonly rounds: number;
    readonly seconds: number;
  };
  /** One eSIM that is at hand; fifty; fifty as a gateway of a supergraph asks for them. */
  readonly one: readonly Measurement[];
  readonly fifty: readonly Measurement[];
  readonly entities: readonly Measurement[];
  readonly sizes: readonly Size[];
  readonly coalescing: readonly Coalescing[];
  readonly cold: Cold;
  readonly holding: readonly Holding[];
  readonly mixed: Mixed;
}

/** What operations cost that name so many eSIMs. */
export interface Size {
  readonly iccids: number;
  readonly measured: readonly Measurement[];
}

/** How many requests for each second of processor time one server answered, for each that another did. */
export function ratioOf(measured: readonly Measurement[], one: string, other: string): number {
  const medianOf = (name: string): number => {
    const found = measured.find(({ server }) => server === name);
    if (found === undefined) throw new RangeError(`server: expected one that was measured, got ${name}`);
    return found.perCpuSecond.median;
  };
  return medianOf(one) / medianOf(other);
}
