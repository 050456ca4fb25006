import { SchemaLink } from '@apollo/client/link/schema';
import { createEsimUsageModule, type EsimUsageModule } from 'esim-usage-gateway';
import { createSimulator, type Simulator, type SimulatorOptions } from 'esim-usage-gateway/simulator';
import { onTestFinished } from 'vitest';

interface InProcessGateway {
  readonly link: SchemaLink;
  readonly module: EsimUsageModule;
  readonly simulator: Simulator;
}

/** A gateway on a simulator of its own, both in this process, until the test is over. */
export async function startInProcessGateway(options: SimulatorOptions = {}): Promise<InProcessGateway> {
  const simulator = await createSimulator({ latencyMs: 0, ...options });
  const { url: baseUrl, clientId, clientSecret } = simulator;
  const module = createEsimUsageModule({ baseUrl, clientId, clientSecret, quietStartMs: 0 });
  onTestFinished(async () => {
    await module.close();
    await simulator.close();
  });
  const link = new SchemaLink({ schema: module.schema, context: () => module.createContext() });
  return { link, module, simulator };
}
