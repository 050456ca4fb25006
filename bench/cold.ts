import { z } from 'zod';
import { askOne } from './operations.js';
import type { SimulatorProcess } from './simulator.js';
import type { Server } from './start-server.js';
import { spreadOf } from './statistics.js';

/** What a gateway adds to a reading that is not at hand. Medians, in milliseconds. */
export interface Cold {
  readonly readings: number;
  /** The simulator asked itself, over a connection that stays open. */
  readonly upstreamMs: number;
  /** The same through the gateway. */
  readonly gatewayMs: number;
}

const readings = 300;
const warmingReadings = 300;

const tokenAnswer = z.object({ data: z.object({ access_token: z.string() }) });

/** Asks in turns for eSIMs that nobody has asked for yet: the gateway for one, and then its upstream for another. */
export async function measureCold(
  server: Server,
  simulator: SimulatorProcess,
  iccids: readonly string[],
): Promise<Cold> {
  const unknown = iccids.values();
  const authorization = await authorizationAt(simulator);
  const next = (): string => unknown.next().value ?? '';

  async function askUpstream(iccid: string): Promise<void> {
    const url = `${simulator.url}/v2/sims/${iccid}/usage`;
    const response = await fetch(url, { headers: { accept: 'application/json', authorization } });
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${text}`);
  }

  const gatewayMs: number[] = [];
  const upstreamMs: number[] = [];
  for (let number = -warmingReadings; number < readings; number += 1) {
    const iccid = next();
    const tookMs = await timed(() => server.ask(askOne(iccid).body));
    const itselfMs = await timed(() => askUpstream(next()));
    if (number < 0) continue;
    gatewayMs.push(tookMs);
    upstreamMs.push(itselfMs);
  }
  return { readings, upstreamMs: spreadOf(upstreamMs).median, gatewayMs: spreadOf(gatewayMs).median };
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await ask();
  return performance.now() - beganMs;
}

async function authorizationAt({ url, clientId, clientSecret }: SimulatorProcess): Promise<string> {
  const body = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'client_credentials',
  });
  const response = await fetch(`${url}/v2/token`, { method: 'POST', body });
  const { data } = tokenAnswer.parse(await response.json());
  return `Bearer ${data.access_token}`;
}
