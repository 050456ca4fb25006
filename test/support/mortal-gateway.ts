import { setImmediate } from 'node:timers/promises';
import { createSimulator, type Intercept } from 'esim-usage-gateway/simulator';
import { onTestFinished } from 'vitest';
import type { UsageEvent } from '../../src/events.js';
import type { EsimUsageModuleOptions } from '../../src/options.js';
import type { UsageResult } from '../../src/usage.js';
import { createManualClock } from './manual-clock.js';
import { startModule } from './start-gateway.js';

/** One read, and what became of it. */
export interface Read {
  readonly iccid: string;
  readonly result: UsageResult;
  readonly answeredMs: number;
  readonly tookMs: number;
}

/** An event, and when it was reported. */
export interface Moment {
  readonly event: UsageEvent;
  readonly atMs: number;
}

/** A way for the upstream to be dead. */
export interface Death {
  readonly name: string;
  kill(): Promise<void>;
  revive(): Promise<void>;
}

/** A module on virtual time, in front of an upstream that can be killed. */
export interface MortalGateway {
  now(): number;
  /** Everything so far, oldest first. */
  readonly moments: readonly Moment[];
  /** One operation. Its answer needs time to `pass`. */
  read(iccid: string): Promise<Read>;
  /** Lets time pass, once everything that can has come over the sockets. */
  pass(ms: number): Promise<void>;
  /** No others may follow the last one. */
  readonly deaths: readonly Death[];
}

/** Less than a call may take, so that none is given up while its answer is on a socket. */
const mostAtOnceMs = 5_000;

/** Starts both, closed when the test is over. The simulator counts the documented limits, on the same time. */
export async function startMortalGateway(options: Partial<EsimUsageModuleOptions>): Promise<MortalGateway> {
  const clock = createManualClock();
  const moments: Moment[] = [];
  /** ICCIDs that were sent for and of which nothing has come yet, and those of them that never will. */
  const sent = new Set<string>();
  const hanging = new Set<string>();
  let awaitsToken = true;

  function report(event: UsageEvent): void {
    moments.push({ event, atMs: clock.now() });
    if (event.type === 'upstream.request') sent.add(event.iccid);
    if (event.type === 'cache.fill' || event.type === 'upstream.failed') {
      sent.delete(event.iccid);
      hanging.delete(event.iccid);
    }
    if (event.type === 'token.rejected') awaitsToken = true;
    if (event.type === 'token.renewed') awaitsToken = false;
  }

  const { module, simulator, bendUsage } = await startModule({
    clock,
    module: { ...options, report },
    simulator: { limits: {} },
  });

  async function settle(): Promise<void> {
    do await setImmediate();
    while (awaitsToken || sent.size > hanging.size);
  }

  function bending(name: string, hook: Intercept): Death {
    return { name, kill: async () => bendUsage(hook), revive: async () => bendUsage(undefined) };
  }

  return {
    now: clock.now,
    moments,
    async read(iccid) {
      const askedMs = clock.now();
      const result = await module.createContext().esimUsage.load(iccid);
      return { iccid, result, answeredMs: clock.now(), tookMs: clock.now() - askedMs };
    },
    async pass(ms) {
      await settle();
      for (let leftMs = ms; leftMs > 0; leftMs -= mostAtOnceMs) {
        await clock.advance(Math.min(mostAtOnceMs, leftMs));
        await settle();
      }
    },
    deaths: [
      bending('answers 500', ({ reply }) => ({ ...reply, status: 500, body: '' })),
      bending('hangs', ({ arrival, reply }) => {
        if (arrival.iccid !== null) hanging.add(arrival.iccid);
        return { ...reply, kind: 'broken', after: 'nothing', end: 'hang' };
      }),
      {
        name: 'refuses connections',
        kill: simulator.close,
        async revive() {
          const next = await createSimulator({
            port: Number(new URL(simulator.url).port),
            latencyMs: 0,
            clock: () => clock.toDate(clock.now()).getTime(),
          });
          onTestFinished(() => next.close());
        },
      },
    ],
  };
}
