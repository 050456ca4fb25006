import { inspect } from 'node:util';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type Exchange, fleetIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { createSharedSecret } from '../src/auth/shared-secret.js';
import { createMetrics } from '../src/metrics/metrics.js';
import { startFaultServer } from './support/fault-server.js';
import { createLogLines } from './support/log-lines.js';
import { recordTraces } from './support/record-traces.js';
import { selfSignedCertificate } from './support/self-signed-certificate.js';
import { type FaultyGateway, startFaultyGateway, tokenMs } from './support/start-faulty-gateway.js';
import { type UpstreamFault, upstreamFaults } from './support/upstream-faults.js';

/** Stands in all that the upstream says, wherever it can say something. */
const marker = 'MARKER';
/** What a router sends with each operation. */
const routerSecret = 'nobody-guesses-this';
const [iccid = '', other = ''] = fleetIccids(2);
const masked = ['89…0000', '89…0001'];

/** An answer that repeats what it was asked, with all that is secret in it. */
function repeating(exchange: Exchange): Exchange {
  const { reply, arrival, body } = exchange;
  const said = [marker, body, arrival.path, JSON.stringify(arrival.headers)].join(' ');
  const isJson = String(reply.body).startsWith('{');
  return {
    ...exchange,
    reply: {
      ...reply,
      headers: { ...reply.headers, 'X-Said': said, 'Set-Cookie': said, 'WWW-Authenticate': said },
      // Beside what is documented, as a field that is not.
      body: isJson ? JSON.stringify({ said, ...JSON.parse(String(reply.body)) }) : `${said} ${reply.body}`,
    },
  };
}

interface Produced {
  readonly log: string;
  /** With all their headers. */
  readonly answers: string;
  readonly events: string;
  readonly spans: string;
  readonly metrics: string;
}

/** Asks for an eSIM that has no reading and one that has an old one, while the fault lasts. */
async function produceUnder(fault: UpstreamFault): Promise<Produced & Pick<FaultyGateway, 'simulator'>> {
  const { report, lines } = createLogLines('trace');
  const metrics = createMetrics();
  const gateway = await startFaultyGateway({
    authentication: createSharedSecret({
      kind: 'secret',
      header: 'router-authorization',
      secrets: [routerSecret],
    }),
    headers: { 'router-authorization': routerSecret },
    module: {
      report(event) {
        report(event);
        metrics.report(event);
      },
    },
    plant: repeating,
  });
  metrics.watch(gateway.module);
  const traces = recordTraces(gateway.clock);
  await gateway.askFor(other);
  await gateway.clock.advance(fault.hasToken ? tokenMs / 2 : tokenMs);
  await gateway.befall(fault);
  await gateway.askFor(other);
  // Longer than a call may take, so that what was given up is told of, too.
  await gateway.askFor(iccid, 12_000);
  await gateway.send('/health/ready');
  await expect.poll(() => gateway.ended.length).toBe(gateway.begun());
  for (const event of gateway.ended) {
    report(event);
    metrics.report(event);
  }
  return {
    simulator: gateway.simulator,
    // The id of a trace is a number like others.
    log: lines.join('').replace(/"traceId":"\w+"/g, ''),
    answers: everythingIn(gateway.answers),
    events: everythingIn(gateway.events),
    spans: everythingIn(traces.spans().map(toldOf)),
    metrics: await metrics.register.metrics(),
  };
}

/** All that a span says of itself, but for its ids and the process that it is from. */
function toldOf({ name, attributes, events, links, status }: ReadableSpan): unknown {
  return { name, attributes, events, status, links: links.map((link) => link.attributes) };
}

/** Errors with their causes and stacks, too. */
function everythingIn(things: unknown): string {
  const options = { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null };
  return inspect(things, options) + JSON.stringify(things);
}

describe('whatever the upstream does and says, neither answers nor errors nor logs nor traces nor metrics repeat it or tell a secret', () => {
  it.each(upstreamFaults)('$name', async (fault) => {
    const { simulator, log, answers, events, spans, metrics } = await produceUnder(fault);
    const { clientId, clientSecret, arrivals, url } = simulator;
    const tokens = arrivals.flatMap(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? []);
    const secrets = [marker, clientId, clientSecret, routerSecret, ...tokens];
    expect(tokens).not.toEqual([]);
    const everything = [log, answers, events, spans, metrics].join();
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
    // The address is no secret, but no business of a client's either.
    expect(log + answers + spans + metrics).not.toContain(new URL(url).host);
    expect(log + spans).not.toMatch(/\d{15}/);
    // A number of seconds may have as many digits.
    expect([iccid, other].filter((each) => metrics.includes(each))).toEqual([]);
    expect(masked.filter((each) => !log.includes(each) || !spans.includes(each))).toEqual([]);
  });

  it('a certificate that nobody vouches for', async () => {
    const { port } = await startFaultServer({ tls: selfSignedCertificate });
    const { report, lines } = createLogLines('trace');
    const { askFor, answers, events, simulator } = await startFaultyGateway({
      module: {
        baseUrl: `https://127.0.0.1:${port}`,
        report,
      },
    });
    await askFor(iccid);
    expect(lines.join('')).toContain('token.failed');
    const secrets = [simulator.clientId, simulator.clientSecret];
    const everything = lines.join('') + everythingIn([answers, events]);
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
  });
});
