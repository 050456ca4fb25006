import { createSimulator, fleetIccids, type Simulator } from 'esim-usage-gateway/simulator';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { mostInAnyWindow } from './support/most-in-any-window.js';
import { startProcess } from './support/start-process.js';

// A process takes a second to start, and more where many do at once.
vi.setConfig({ testTimeout: 30_000 });

const hourMs = 3_600_000;
const freshMs = 4_000;
/** What a busy machine, and a calendar that is being slewed, may make of it. */
const tolerantMs = 10_000;
const [known = '', ...cold] = fleetIccids(16);

const date = z.iso.datetime().transform(Date.parse);
const readings = z.object({
  data: z.object({
    esimUsages: z.array(
      z.object({
        iccid: z.string(),
        data: z.object({ total: z.number() }),
        freshness: z.object({
          fetchedAt: date,
          asOfNotBefore: date,
          freshUntil: date,
          staleReason: z.null(),
        }),
      }),
    ),
  }),
});
type Reading = z.infer<typeof readings>['data']['esimUsages'][number];

const query = `query ($iccids: [ICCID!]!) {
  esimUsages(iccids: $iccids) {
    ... on EsimUsage { iccid data { total } freshness { fetchedAt asOfNotBefore freshUntil staleReason } }
  }
}`;

/** The gateway as its users start it, whose calendar `shift` sets, in front of a simulator whose calendar stays. */
async function startShiftable(shiftMs: number) {
  const simulator = await createSimulator({ latencyMs: 50, tokenLifetimeSeconds: 1_800 });
  onTestFinished(() => simulator.close());
  const preload = new URL(`./support/shifted-date.mjs?${shiftMs}`, import.meta.url);
  const gateway = startProcess([], {
    NODE_OPTIONS: `--import=${preload}`,
    AIRALO_CLIENT_ID: simulator.clientId,
    AIRALO_CLIENT_SECRET: simulator.clientSecret,
    AIRALO_BASE_URL: simulator.url,
    LOG_LEVEL: 'silent',
    ESIM_USAGE_QUIET_START_MS: '0',
    ESIM_USAGE_UPSTREAM_CACHE_MS: String(freshMs),
    // Longer than anything here takes: nothing may be saved by an old reading.
    ESIM_USAGE_SOFT_WAIT_MS: '20000',
    ESIM_USAGE_DEADLINE_MS: '20000',
  });
  const [, url = ''] = await gateway.printed(/Listening on (\S+)\n/);

  return {
    simulator,
    async ask(...iccids: string[]): Promise<Reading[]> {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ query, variables: { iccids } }),
      });
      return readings.parse(await response.json()).data.esimUsages;
    },
    async shift(): Promise<void> {
      gateway.signal('SIGWINCH');
      await gateway.printed(/^shifted$/m);
    },
  };
}

function callsFor({ arrivals }: Simulator, iccid: string): number[] {
  return arrivals.filter((arrival) => arrival.iccid === iccid).map(({ atMs }) => atMs);
}

function shifts(before: Reading, after: Reading): number[] {
  const names = ['fetchedAt', 'asOfNotBefore', 'freshUntil'] as const;
  return names.map((name) => after.freshness[name] - before.freshness[name]);
}

it.each([hourMs, -hourMs])(
  'U31 a calendar that is set by %i ms stalls nothing, bursts nothing, ends no reading and spares none its end, and all dates follow it',
  async (shiftMs) => {
    const { simulator, ask, shift } = await startShiftable(shiftMs);
    const isAbout = (ms: number, expectedMs: number): boolean => Math.abs(ms - expectedMs) < tolerantMs;
    const [before] = await ask(known);
    const waiting = ask(...cold);
    // Some of them are under way, and more wait.
    while (simulator.arrivals.length < 5) await ask(known);

    await shift();
    const [after] = await ask(known);
    if (before === undefined || after === undefined) throw new TypeError('expected a reading');
    expect(callsFor(simulator, known)).toHaveLength(1);
    expect(after).toEqual({ ...before, freshness: after.freshness });
    expect(shifts(before, after).filter((ms) => !isAbout(ms, shiftMs))).toEqual([]);

    expect((await waiting).map(({ iccid }) => iccid)).toEqual(cold);
    let newest = after;
    while (callsFor(simulator, known).length < 2) [newest = after] = await ask(known);
    const [firstMs = 0, secondMs = 0] = callsFor(simulator, known);
    expect(secondMs - firstMs).toBeGreaterThanOrEqual(freshMs);
    expect(isAbout(newest.freshness.fetchedAt, Date.now() + shiftMs)).toBe(true);

    const arrivalsMs = simulator.arrivals.map(({ atMs }) => atMs);
    expect(mostInAnyWindow(arrivalsMs, 1_000)).toBeLessThanOrEqual(5);
    expect(simulator.arrivals.map(({ status }) => status)).toEqual(arrivalsMs.map(() => 200));
    expect(simulator.arrivals.filter(({ kind }) => kind === 'token')).toHaveLength(1);
  },
);
