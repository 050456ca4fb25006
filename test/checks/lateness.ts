import { fleetIccids } from 'esim-usage-gateway/simulator';
import { conclude, serveRealGateway, startRealGateway } from '../support/real-gateway.js';
import { type UpstreamFault, upstreamFaults } from '../support/upstream-faults.js';

/**
 * Measures in real time, over HTTP, how late an answer comes while each of the upstream's faults lasts: to one who has no reading
 * of that eSIM, and to one who has an old one. The times are printed and judged by nobody, because the machine has its part in them;
 * what is judged is that each is answered, and not by an error.
 */
const deadlineMs = 1_000;
const allowedMs = 100;
/** So many gateways side by side. */
const atOnce = 4;
const [known = '', unknown = ''] = fleetIccids(2);
const query = `query ($iccid: ICCID!) {
  esimUsage(iccid: $iccid) { ... on EsimUsage { freshness { staleReason } } ... on EsimUsageProblem { code } }
}`;

interface Lateness {
  readonly fault: string;
  readonly who: 'cold' | 'stale';
  readonly tookMs: number;
  readonly answer: string;
}

async function measure(fault: UpstreamFault): Promise<Lateness[]> {
  // Nothing stays fresh: whoever was read before has an old reading.
  const figures = { deadlineMs, upstreamCacheMs: 0 };
  const gateway = await startRealGateway({ figures });
  const served = await serveRealGateway(gateway);

  async function ask(iccid: string, who: Lateness['who']): Promise<Lateness> {
    const beganMs = performance.now();
    const answer = await served.ask(query, { iccid });
    return { fault: fault.name, who, tookMs: performance.now() - beganMs, answer };
  }

  const hasToken = fault.token === undefined && (fault.isGone !== true || fault.hasToken === true);
  if (hasToken) await ask(known, 'cold');
  const counts = { usage: 0, token: 0 };
  gateway.simulator.intercept((exchange) => {
    const { kind } = exchange.arrival;
    if (kind !== 'usage' && kind !== 'token') return undefined;
    return fault[kind]?.(exchange, counts[kind]++);
  });
  if (fault.isGone) await gateway.simulator.close();
  const outcomes = await Promise.all([ask(unknown, 'cold'), ...(hasToken ? [ask(known, 'stale')] : [])]);
  await served.close();
  return outcomes;
}

const left = [...upstreamFaults];
const measured: Lateness[] = [];
async function work(): Promise<void> {
  for (let fault = left.shift(); fault !== undefined; fault = left.shift())
    measured.push(...(await measure(fault)));
}
await Promise.all(Array.from({ length: atOnce }, work));

const latest = [...measured].sort((a, b) => b.tookMs - a.tookMs);
const overdue = measured.filter(({ tookMs }) => tookMs > deadlineMs + allowedMs);
console.log(
  `${measured.length} answers under ${upstreamFaults.length} faults; later than the deadline of ${deadlineMs} ms and ${allowedMs} ms: ${overdue.length}. The latest:`,
);
conclude(
  latest
    .slice(0, 8)
    .map(({ fault, who, tookMs, answer }) => ({ fault, who, 'took, ms': Math.round(tookMs), answer })),
  measured
    .filter(({ answer }) => answer.includes('"errors"') || !answer.includes('"esimUsage":{'))
    .map(({ fault, who }) => `${fault}: no answer to who is ${who}`),
);
