import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

// Loaded into a measured process: on 'memory' says what it needs once garbage is collected, on 'pauses' the longest since it was asked last.
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let collectionMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectionMs = Math.max(collectionMs, duration);
}).observe({ entryTypes: ['gc'] });

process.on('message', async (question) => {
  if (question === 'memory') {
    for (let round = 0; round < 3; round += 1) {
      await setImmediate();
      globalThis.gc?.();
    }
    const { heapUsed, rss } = process.memoryUsage();
    process.send?.({ heapBytes: heapUsed, residentBytes: rss });
  } else {
    process.send?.({ loopMs: delay.max / 1e6, collectionMs });
    delay.reset();
    collectionMs = 0;
  }
});
process.channel?.unref();
