import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator, scenarioIccids } from 'esim-usage-gateway/simulator';

// With credentials of your own there is no simulator, no baseUrl and no quietStartMs.
const { url: baseUrl, clientId, clientSecret, close } = await createSimulator();
// Yours are in a database.
const esimsOf = new Map([['anna', new Set<string>([scenarioIccids.dataPlan])]]);

const usage = createEsimUsageModule<{ customer: string }>({
  baseUrl,
  clientId,
  clientSecret,
  quietStartMs: 0,
  async authorize(iccids, request) {
    const own = esimsOf.get(request?.customer ?? '');
    return iccids.filter((iccid) => own?.has(iccid));
  },
});

// Your server makes one for each operation, of whom it has authenticated.
const { esimUsage } = usage.createContext({ request: { customer: 'anna' } });
const results = await Promise.all([scenarioIccids.dataPlan, scenarioIccids.unlimited].map(esimUsage.load));
console.log(results.map((result) => (result.kind === 'reading' ? result.status : result.code)).join(' '));
await usage.close();
await close();
