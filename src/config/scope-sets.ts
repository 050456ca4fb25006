import { z } from 'zod';

/** The parts of a text between separators. */
export const partsOf = (text: string, separator: RegExp): string[] => text.trim().split(separator);

/** Sets of scopes as a variable has them: `a b, c` is both `a` and `b`, or `c`. */
export const scopeSets = z
  .string()
  .transform((text) => partsOf(text, /\s*,\s*/).map((set) => partsOf(set, /\s+/)));
