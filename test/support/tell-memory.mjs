import { setImmediate } from 'node:timers/promises';

// Loaded into a process that is measured from outside: when it is told anything, says how much memory it needs once what it no longer
// needs is collected.
process.on('message', async () => {
  for (let round = 0; round < 3; round += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapBytes: heapUsed, residentBytes: rss });
});
process.channel?.unref();
