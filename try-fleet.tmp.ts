import { createEsimUsageModule } from 'esim-usage-gateway';
import { redisFleet } from 'esim-usage-gateway/fleet';
import { createSimulator, fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
const [url = '', count = '6', pause = '0'] = process.argv.slice(2);
const sim = await createSimulator({latencyMs: 20});
const t0 = performance.now();
const usage = createEsimUsageModule({ baseUrl: sim.url, clientId: sim.clientId, clientSecret: sim.clientSecret, fleet: redisFleet(url), deadlineMs: 30000,
  report: (e) => { if (e.type.startsWith('fleet.') || e.type==='token.failed') console.log(Math.round(performance.now()-t0), JSON.stringify(e)); } });
const iccids = [...Object.values(scenarioIccids), ...fleetIccids(50)].slice(0, Number(count));
await new Promise(r=>setTimeout(r,Number(pause)));
const { esimUsage } = usage.createContext();
const results = await Promise.all(iccids.map(i=>esimUsage.load(i)));
console.log(Math.round(performance.now()-t0), results.map(r=>r.kind==='reading'?r.status:r.code+' '+(r as any).retryAfterMs).join(','), usage.state().fleet);
if (process.argv[5]) await new Promise(r=>setTimeout(r,Number(process.argv[5])));
await usage.close(); await sim.close();
