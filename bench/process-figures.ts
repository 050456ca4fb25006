/** What the system says of a process. */
export interface ProcessFigures {
  /** Of user and system, all threads together. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** For how long its main thread could have run while something else had the core. */
  readonly waitedSeconds: number;
}

/** Linux counts in these on every machine that Node.js runs on. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

/** Reads the texts of `/proc/PID/stat` and `/proc/PID/schedstat`. Throws when they are none. */
export function processFiguresIn(stat: string, schedstat: string): ProcessFigures {
  // The name of the program is in parentheses, and may hold both spaces and parentheses; the field after it is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => wholeNumber(`stat, field ${number}`, fields[number - 3]);
  return {
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    residentBytes: field(24) * pageBytes,
    waitedSeconds: wholeNumber('schedstat, field 2', schedstat.split(' ')[1]) / 1e9,
  };
}

function wholeNumber(name: string, text = ''): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${name}: expected a whole number, got ${text || 'nothing'}`);
  return Number(text);
}
