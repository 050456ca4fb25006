import { createServer } from 'node:http';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createMetrics } from 'esim-usage-gateway/metrics';
import { createSimulator } from 'esim-usage-gateway/simulator';

// With credentials of your own there is no simulator, no baseUrl and no quietStartMs.
const { url: baseUrl, clientId, clientSecret } = await createSimulator();

// `createMetrics({ register })` adds them to a registry of prom-client's that you have.
const metrics = createMetrics();
const usage = createEsimUsageModule({
  baseUrl,
  clientId,
  clientSecret,
  quietStartMs: 0,
  report: metrics.report,
});
metrics.watch(usage);

const server = createServer(async (_request, response) => {
  response.setHeader('content-type', metrics.register.contentType);
  response.end(await metrics.register.metrics());
});
server.listen(Number(process.env.PORT ?? 9464), '127.0.0.1', () => {
  console.log('Listening on', server.address());
});
