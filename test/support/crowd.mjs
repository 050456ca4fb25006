import { setTimeout } from 'node:timers/promises';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator, fleetIccids } from 'esim-usage-gateway/simulator';

/**
 * How soon refusals come in the built package, as it is run: prints for each of so many crowds, one after the other, the quantiles of
 * how long those waited who were refused, in ms. All of a crowd ask in the same moment, each for one cold ICCID.
 */
const [crowds, operations] = process.argv.slice(2).map(Number);
const [warming, ...iccids] = fleetIccids(1 + operations);
/** Long enough for all slots to be free again, and shorter than a second in which more are served. */
const settledMs = 1_500;

async function refusalsOf(module) {
  const tookMs = [];
  const ask = async (iccid) => {
    const beganMs = performance.now();
    const result = await module.createContext().esimUsage.load(iccid);
    if (result.code === 'THROTTLED') tookMs.push(performance.now() - beganMs);
  };
  await module.createContext().esimUsage.load(warming);
  await setTimeout(settledMs);
  for (const iccid of iccids) void ask(iccid);
  await setTimeout(settledMs);
  return tookMs.sort((a, b) => a - b);
}

const rows = [];
for (let crowd = 1; crowd <= crowds; crowd += 1) {
  const simulator = await createSimulator();
  const { url: baseUrl, clientId, clientSecret } = simulator;
  const module = createEsimUsageModule({ baseUrl, clientId, clientSecret, quietStartMs: 0 });
  const tookMs = await refusalsOf(module);
  await module.close();
  await simulator.close();
  const quantile = (part) => Number(tookMs[Math.floor(part * (tookMs.length - 1))]?.toFixed(1));
  rows.push({ crowd, refused: tookMs.length, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) });
}
process.stdout.write(JSON.stringify(rows));
