import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

// Loaded into a measured process: on 'memory' says what it needs once garbage is collected, on 'pauses' the longest since it was asked last.
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let collectionMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectionMs = Math.max(collectionMs, duration);
}).observe({ entryTypes: ['gc'] });

/** V8 gives memory back to the system some seconds after it is free: waits until it is no less than a few collections ago. */
async function settledMemory() {
  const mebibyte = 2 ** 20;
  const [mostCollections, enough, betweenMs] = [40, 5, 500];
  let least = Number.POSITIVE_INFINITY;
  for (let same = 0, number = 0; same < enough && number < mostCollections; number += 1) {
    globalThis.gc?.();
    await setTimeout(betweenMs);
    const { rss } = process.memoryUsage();
    same = rss > least - mebibyte ? same + 1 : 0;
    least = Math.min(least, rss);
  }
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
