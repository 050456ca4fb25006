import { type Figures, figureFault, figureNames } from '../options.js';
import { inCapitals } from './in-capitals.js';

/** The variable of a figure: `deadlineMs` is `ESIM_USAGE_DEADLINE_MS`. */
export function variableOf(name: keyof Figures): string {
  return `${figurePrefix}${inCapitals(name)}`;
}
const figurePrefix = 'ESIM_USAGE_';

/** The figures in the environment. Adds a line for each fault, without its value. */
export function readFigures(given: Record<string, string>, faults: string[]): Partial<Figures> {
  const figures: Partial<Record<keyof Figures, number>> = {};
  const known = new Map(figureNames.map((name) => [variableOf(name), name]));
  for (const [variable, text] of Object.entries(given)) {
    if (!variable.startsWith(figurePrefix)) continue;
    const name = known.get(variable);
    if (name === undefined) {
      faults.push(`${variable}: there is no such variable`);
      continue;
    }
    const value = numberOf(text);
    const fault = figureFault(name, value);
    if (fault === null) figures[name] = value;
    else faults.push(`${variable}: ${fault}`);
  }
  return figures;
}

/** Digits only: `Number` would also read '1e3', '0x10' and ' 5 '. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
