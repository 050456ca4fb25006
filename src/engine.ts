import { opendirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** A thread of this process, in the order in which they were started. */
export interface Thread {
  readonly id: number;
  /** As Linux knows it. */
  readonly name: string;
}

/** The name of V8's threads where Node gives them one, and how many there are where it does not: after the first two. */
const workers = { name: 'V8Worker', count: 4 } as const;
const threadsFolder = '/proc/self/task';

/** Sets V8 up for a process that is to answer whatever else there is to do. For all of it: not for a server of somebody else. */
export function preferAnswers(): void {
  // Readings live long, and what brings them does not. V8 learns from the readings to make both where things are kept that live
  // long, and then each call's garbage stays until the next major collection.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // What they do can wait. On a single core four of them, in a garbage collection, would leave a fifth of it to the thread that answers.
  const priority = Math.min(
    getPriority() + constants.priority.PRIORITY_BELOW_NORMAL,
    constants.priority.PRIORITY_LOW,
  );
  for (const { id } of workersAmong(readThreads())) setThreadPriority(id, priority);
}

/** V8's. None where nobody can tell. */
export function workersAmong(threads: readonly Thread[]): readonly Thread[] {
  const named = threads.filter(({ name }) => name === workers.name);
  if (named.length > 0) return named;
  const [main, _delays, ...others] = threads;
  const isUnnamed = threads.every(({ name }) => name === main?.name);
  return isUnnamed && others.length >= workers.count ? others.slice(0, workers.count) : [];
}

/** None on other systems than Linux. */
function readThreads(): Thread[] {
  const threads: Thread[] = [];
  try {
    // As the kernel lists them. `readdirSync` would sort them.
    const folder = opendirSync(threadsFolder);
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
      threads.push({
        id: Number(entry.name),
        name: readFileSync(`${threadsFolder}/${entry.name}/comm`, 'utf8').trim(),
      });
    folder.closeSync();
  } catch {
    return [];
  }
  return threads;
}

function setThreadPriority(id: number, priority: number): void {
  try {
    setPriority(id, priority);
  } catch {
    // It has ended, or nobody may: then all stays as it was.
  }
}
