import { createEsimUsageModule } from 'esim-usage-gateway';
import { redisFleet } from 'esim-usage-gateway/fleet';
import { createSimulator, scenarioIccids } from 'esim-usage-gateway/simulator';

// With credentials of your own there is no simulator, no baseUrl and no callTimeoutMs, which is short here so that a new fleet begins soon.
const { url: baseUrl, clientId, clientSecret, arrivals, close } = await createSimulator();
const fleet = redisFleet(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');

// One of each of your processes: here two stand for them.
const createMember = () =>
  createEsimUsageModule({ baseUrl, clientId, clientSecret, callTimeoutMs: 1_000, fleet });
const members = [createMember(), createMember()];

for (const { createContext } of members) {
  const result = await createContext().esimUsage.load(scenarioIccids.dataPlan);
  console.log(result.kind === 'reading' ? result.status : result.code);
}
console.log('Calls:', arrivals.filter(({ kind }) => kind === 'usage').length);
for (const member of members) await member.close();
await close();
