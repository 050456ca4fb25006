import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

// Loaded into a measured process: on 'memory' says what it needs once garbage is collected, on 'pauses' the longest since it was asked last.
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let collectionMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectionMs = Math.max(collectionMs, duration);
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
    process.send?.({ loopMs: delay.max / 1e6, collectionMs });
    delay.reset();
    collectionMs = 0;
  }
});
process.channel?.unref();
