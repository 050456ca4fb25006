import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

// Loaded into a measured process: on 'memory' says what it needs once garbage is collected, on 'pauses' the longest since it was asked last.
const everyMs = 1;
const none = { loopMs: 0, ownMs: 0, collectionMs: 0 };
let longest = { ...none };
let last = { atMs: performance.now(), cpuMs: cpuMs() };

/** Of all threads, on whose core they may be. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

// What comes late although the process had the core is its own; the rest is what others had it for.
setInterval(() => {
  const now = { atMs: performance.now(), cpuMs: cpuMs() };
  const lateMs = now.atMs - last.atMs - everyMs;
  longest.loopMs = Math.max(longest.loopMs, lateMs);
  longest.ownMs = Math.max(longest.ownMs, Math.min(lateMs, now.cpuMs - last.cpuMs));
  last = now;
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

process.on('message', async (question) => {
  if (question === 'memory') process.send?.(await settledMemory());
  else {
    process.send?.(longest);
    longest = { ...none };
  }
});
process.channel?.unref();
