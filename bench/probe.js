import { openSync, readSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded into a measured process: on 'memory' says what it needs once garbage is collected; on 'garbage' how much a major collection takes away that
// minor ones leave; on 'pauses' the longest since it was asked last.
const everyMs = 1;
const none = { loopMs: 0, processMs: 0, mainMs: 0, collectionMs: 0 };
const schedule = openSync('/proc/self/schedstat', 'r');
const bytes = Buffer.alloc(64);
let longest = { ...none };
let last = now();

/** The clock, and for how long the process and its main thread have had a core. */
function now() {
  const { user, system } = process.cpuUsage();
  const length = readSync(schedule, bytes, 0, bytes.length, 0);
  const mainMs = Number.parseInt(bytes.toString('latin1', 0, length), 10) / 1e6;
  return { atMs: performance.now(), processMs: (user + system) / 1e3, mainMs };
}

setInterval(() => {
  const { atMs, processMs, mainMs } = last;
  last = now();
  const lateMs = last.atMs - atMs - everyMs;
  longest.loopMs = Math.max(longest.loopMs, lateMs);
  longest.processMs = Math.max(longest.processMs, Math.min(lateMs, last.processMs - processMs));
  longest.mainMs = Math.max(longest.mainMs, Math.min(lateMs, last.mainMs - mainMs));
}, everyMs).unref();

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries())
    longest.collectionMs = Math.max(longest.collectionMs, duration);
}).observe({ entryTypes: ['gc'] });

/** After a collection that compacts and keeps nothing in reserve. What is free goes back to the system a little later, in another thread. */
async function settledMemory() {
  const session = new Session();
  session.connect();
  for (let round = 0; round < 4; round += 1) {
    await session.post('HeapProfiler.collectGarbage');
    await setTimeout(500);
  }
  session.disconnect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}

/** In bytes. None of it is left afterwards. */
function leftGarbage() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let round = 0; round < 2; round += 1) collect({ type: 'minor' });
  const { heapUsed } = process.memoryUsage();
  collect();
  return heapUsed - process.memoryUsage().heapUsed;
}

process.on('message', async (question) => {
  if (question === 'memory') process.send?.(await settledMemory());
  else if (question === 'garbage') process.send?.(leftGarbage());
  else {
    process.send?.(longest);
    longest = { ...none };
  }
});
process.channel?.unref();
