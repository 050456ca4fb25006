import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { askOne } from './operations.js';
import type { SimulatorProcess } from './simulator.js';
import type { Server } from './start-server.js';
import { spreadOf } from './statistics.js';

/** What a gateway adds to a reading that is not at hand. Medians, in milliseconds. */
export interface Cold {
  readonly readings: number;
  /** The simulator asked itself. */
  readonly upstreamMs: number;
  /** The same through the gateway. */
  readonly gatewayMs: number;
  /** What one leaves behind until the next major collection, in bytes. */
  readonly garbageBytes: number;
}

interface Question {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a POST. */
  readonly body?: string;
}

const readings = 500;
const warmingReadings = 1_000;
/** So few that no major collection comes in between. */
const collectedReadings = 100;
const tokenAnswer = z.object({ data: z.object({ access_token: z.string() }) });

/**
 * Asks in turns for eSIMs that nobody has asked for yet, over connections that stay open: the gateway for one, and then its upstream
 * for another.
 */
export async function measureCold(
  server: Server,
  simulator: SimulatorProcess,
  iccids: readonly string[],
): Promise<Cold> {
  const agent = new Agent({ keepAlive: true });
  const unknown = iccids.values();
  const next = (): string => unknown.next().value ?? '';
  const headers = { accept: 'application/json', authorization: await authorizationAt(simulator) };
  const toGateway = (): Question => ({
    url: server.url,
    headers: { 'content-type': 'application/json' },
    body: askOne(next()).body,
  });
  const toUpstream = (): Question => ({ url: `${simulator.url}/v2/sims/${next()}/usage`, headers });

  const gatewayMs: number[] = [];
  const upstreamMs: number[] = [];
  let garbage = 0;
  for (let number = -warmingReadings; number < readings; number += 1) {
    if (number === 0) await server.tell('garbage');
    if (number === collectedReadings) garbage = z.number().parse(await server.tell('garbage'));
    const tookMs = await timed(agent, toGateway());
    const itselfMs = await timed(agent, toUpstream());
    if (number < 0) continue;
    gatewayMs.push(tookMs);
    upstreamMs.push(itselfMs);
  }
  agent.destroy();
  const garbageBytes = garbage / collectedReadings;
  return {
    readings,
    garbageBytes,
    upstreamMs: spreadOf(upstreamMs).median,
    gatewayMs: spreadOf(gatewayMs).median,
  };
}

/** How long an answer takes, in milliseconds. By the smallest client there is, whose own part is in both. */
async function timed(agent: Agent, { url, headers, body }: Question): Promise<number> {
  const beganMs = performance.now();
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const method = body === undefined ? 'GET' : 'POST';
  const asked = request(url, { agent, method, headers: { ...headers, ...length } }).end(body);
  const [response] = await once(asked, 'response');
  const answer = await text(response);
  const tookMs = performance.now() - beganMs;
  if (!/"ACTIVE"/.test(answer)) throw new Error(`${url} answered ${answer}`);
  return tookMs;
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
