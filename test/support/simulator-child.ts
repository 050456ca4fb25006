import { createSimulator } from 'esim-usage-gateway/simulator';

/**
 * A simulator in a process of its own, which can be frozen. Says where it is, and when asked anything sends what has arrived and
 * ends.
 */
const { url, clientId, clientSecret, arrivals, close } = await createSimulator();
process.send?.({ url, clientId, clientSecret });
process.once('message', () => {
  // What is still on its way is lost with the channel.
  process.send?.(
    arrivals.map(({ atMs, status }) => ({ atMs, status })),
    () => process.disconnect(),
  );
  void close();
});
