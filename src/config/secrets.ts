import { readFileSync } from 'node:fs';

/** Whether there is one, by itself or in a file. */
export function hasSecret(given: Record<string, string>, variable: string): boolean {
  return given[variable] !== undefined || given[`${variable}_FILE`] !== undefined;
}

/** From the variable itself or from the file that `…_FILE` names. Adds a line for a fault. */
export function readSecret(given: Record<string, string>, variable: string, faults: string[]): string {
  const direct = given[variable];
  const file = given[`${variable}_FILE`];
  if (direct !== undefined && file !== undefined)
    faults.push(`${variable}: given twice, by itself and as ${variable}_FILE`);
  if (direct !== undefined) return direct;
  if (file === undefined) {
    faults.push(`${variable}: missing (or ${variable}_FILE, the path of a file that holds it)`);
    return '';
  }
  const text = readText(file);
  if (text === '') faults.push(`${variable}_FILE: expected the path of a readable file that is not empty`);
  return text;
}

/** What a file holds. Empty when it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
