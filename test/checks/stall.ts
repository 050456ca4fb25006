import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createEsimUsageModule, type Figures } from 'esim-usage-gateway';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { z } from 'zod';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { conclude } from '../support/real-gateway.js';

/**
 * Freezes the simulator's process while clients keep asking for cold ICCIDs, lets it go on, and prints the most arrivals in any
 * rolling second: what piled up meanwhile should not arrive at once. With and without a circuit breaker.
 */
const companyRequests = 5;
const askEveryMs = 100;
const beforeMs = 3_000;
const afterMs = 20_000;
const withoutBreaker: Partial<Figures> = { breakerFailures: 1_000, breakerMs: 1 };

const stalls = [
  { frozenMs: 16_000, breaker: 'on', figures: {} },
  { frozenMs: 30_000, breaker: 'on', figures: {} },
  { frozenMs: 16_000, breaker: 'off', figures: withoutBreaker },
  { frozenMs: 30_000, breaker: 'off', figures: withoutBreaker },
] as const;

const started = z.object({ url: z.string(), clientId: z.string(), clientSecret: z.string() });
const report = z.array(z.object({ atMs: z.number(), status: z.number().nullable() }));

async function measure({ frozenMs, breaker, figures }: (typeof stalls)[number]) {
  const simulator = fork(fileURLToPath(new URL('../support/simulator-child.ts', import.meta.url)));
  const { url: baseUrl, ...credentials } = started.parse((await once(simulator, 'message'))[0]);
  let unanswered = 0;
  const module = createEsimUsageModule({
    baseUrl,
    ...credentials,
    ...figures,
    quietStartMs: 0,
    report(event) {
      if (event.type === 'upstream.failed') unanswered += 1;
    },
  });
  const iccids = fleetIccids(2_000);
  const answers: Promise<boolean>[] = [];
  const beganMs = performance.now();
  async function askUntil(atMs: number): Promise<void> {
    while (performance.now() - beganMs < atMs) {
      for (const iccid of iccids.splice(0, 1))
        answers.push(
          module
            .createContext()
            .esimUsage.load(iccid)
            .then(({ kind }) => kind === 'reading'),
        );
      await setTimeout(askEveryMs);
    }
  }

  await askUntil(beforeMs);
  simulator.kill('SIGSTOP');
  await askUntil(beforeMs + frozenMs);
  simulator.kill('SIGCONT');
  await askUntil(beforeMs + frozenMs + afterMs);
  const readings = (await Promise.all(answers)).filter((isReading) => isReading).length;
  await module.close();
  simulator.send('report');
  const arrivals = report.parse((await once(simulator, 'message'))[0]);
  const moments = arrivals.map(({ atMs }) => atMs);
  const frozenFrom = moments.findIndex((atMs, index) => atMs - (moments[index - 1] ?? atMs) > frozenMs / 2);
  return {
    'frozen, s': frozenMs / 1_000,
    breaker,
    asked: answers.length,
    readings,
    'calls that failed': unanswered,
    'arrivals before': frozenFrom,
    'and after': arrivals.length - frozenFrom,
    'most in a second': mostInAnyWindow(moments, 1_000),
    '429s': arrivals.filter(({ status }) => status === 429).length,
  };
}

const rows = await Promise.all(stalls.map(measure));
conclude(
  rows,
  rows
    .filter(
      (row) => row['most in a second'] > companyRequests || row['429s'] > 0 || row['calls that failed'] === 0,
    )
    .map((row) => `frozen for ${row['frozen, s']} s with the breaker ${row.breaker}: a burst, or no stall`),
);
