/** What the system says of a process. */
export interface ProcessFigures {
  /** Of user and system, all threads together. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Linux counts in these on every machine that Node.js runs on. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

/** Reads the text of `/proc/PID/stat`. Throws when it is none. */
export function processFiguresIn(stat: string): ProcessFigures {
  // The name of the program is in parentheses, and may hold both spaces and parentheses; the field after it is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => {
    const text = fields[number - 3] ?? '';
    if (!/^\d+$/.test(text))
      throw new TypeError(`field ${number}: expected a whole number, got ${text || 'nothing'}`);
    return Number(text);
  };
  const [userTicks, systemTicks, residentPages] = [field(14), field(15), field(24)];
  return {
    cpuSeconds: (userTicks + systemTicks) / ticksPerSecond,
    residentBytes: residentPages * pageBytes,
  };
}
