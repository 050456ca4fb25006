import { createSimulator } from 'esim-usage-gateway/simulator';

/** A simulator without limits in a process of its own. Asked for an ICCID, it says how often that was read. */
const { url, clientId, clientSecret, arrivals } = await createSimulator({
  latencyMs: 5,
  keepArrivals: 10_000,
  limits: {
    companyRequests: Number.POSITIVE_INFINITY,
    iccidRequests: Number.POSITIVE_INFINITY,
    tokenRequests: Number.POSITIVE_INFINITY,
  },
});
process.on('message', (iccid) =>
  process.send?.(arrivals.filter((arrival) => arrival.iccid === iccid).length),
);
process.once('disconnect', () => process.exit());
process.send?.({ url, clientId, clientSecret });
