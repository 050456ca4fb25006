import { createSimulator, type Simulator, type SimulatorOptions } from 'esim-usage-gateway/simulator';
import { onTestFinished } from 'vitest';
import { type StartedProcess, startProcess } from './start-process.js';

/** The gateway as its users start it, in front of a simulator, which also does what it is ordered to. */
export interface ObedientGateway extends StartedProcess {
  readonly simulator: Simulator;
  /** Where GraphQL is answered. */
  readonly url: string;
  /** Lets its code throw or reject with this message, or do nothing else for so many milliseconds. */
  order(order: 'throw' | 'reject' | 'block', what: string | number): void;
  /** Asks for the usage of these, on a connection of its own, and says what came back as it came. */
  ask(iccids: readonly string[]): Promise<{ status: number; connection: string | null; text: string }>;
}

export interface ObedientGatewayOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
}

const query = `query Screen($iccids: [ICCID!]!) {
  esimUsages(iccids: $iccids) { ... on EsimUsage { iccid } ... on EsimUsageProblem { code } }
}`;

/** Starts both, ended when the test is over. Settles when the gateway listens. */
export async function startObedientGateway(options: ObedientGatewayOptions = {}): Promise<ObedientGateway> {
  const simulator = await createSimulator({
    clientSecret: 'a-secret-of-ours',
    latencyMs: 0,
    ...options.simulator,
  });
  onTestFinished(() => simulator.close());
  const started = startProcess([], {
    NODE_OPTIONS: `--import=${new URL('./obey.mjs', import.meta.url)}`,
    AIRALO_CLIENT_ID: simulator.clientId,
    AIRALO_CLIENT_SECRET: simulator.clientSecret,
    AIRALO_BASE_URL: simulator.url,
    // No process was there before that could have asked it.
    ESIM_USAGE_QUIET_START_MS: '0',
    ...options.environment,
  });
  const [, url = ''] = await started.printed(/Listening on (\S+)\n/);

  return {
    ...started,
    simulator,
    url,
    order: (order, what) => started.tell(JSON.stringify([order, what])),
    async ask(iccids) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { iccids } }),
      });
      const { status, headers } = response;
      return { status, connection: headers.get('connection'), text: await response.text() };
    },
  };
}
