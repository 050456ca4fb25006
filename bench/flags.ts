import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Flags {
  /** Rounds over all servers for each operation. */
  readonly rounds: number;
  /** Whole seconds of one round. */
  readonly seconds: number;
  /** Whether a million readings are kept too. */
  readonly million: boolean;
}

/** Throws when a flag is not known, or no whole number above 0 where it should be. */
export function flagsIn(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1' },
      million: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds),
    seconds: wholeNumber('--seconds', values.seconds),
    million: values.million,
  };
}

function wholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new RangeError(`${flag}: expected a whole number above 0, got ${text || 'nothing'}`);
  return Number(text);
}
