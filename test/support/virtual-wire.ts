import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';
import type { Exchange, Intercept, Reply } from 'esim-usage-gateway/simulator';
import { onTestFinished } from 'vitest';
import type { ManualClock } from './manual-clock.js';
import type { StartedModule } from './start-gateway.js';

export interface VirtualWireOptions {
  readonly clock: ManualClock;
  readonly started: Pick<StartedModule, 'simulator' | 'bendUsage' | 'bendToken'>;
  /** From a request's arrival to its answer, in milliseconds of the clock. */
  readonly latencyMs: () => number;
}

/** The real sockets between gateway and simulator, made to keep virtual time: what is sent arrives at the moment it was sent. */
export interface VirtualWire {
  /** When each request arrived at the simulator, on the clock, oldest first; those for a token, too. */
  readonly arrivedMs: readonly number[];
  /** Bends the answers to usage requests, when they are due; undefined leaves them again. */
  bendUsage(hook: Intercept | undefined): void;
  /** The same for token requests. */
  bendToken(hook: Intercept | undefined): void;
  /** Lets time pass, never further than the sockets have come. */
  pass(ms: number): Promise<void>;
}

/** Time passes by this much at once. Latencies are multiples of it. */
const stepMs = 50;

/** Takes over the simulator's answers. */
export function createVirtualWire({ clock, started, latencyMs }: VirtualWireOptions): VirtualWire {
  const underWay = trackRequests(started.simulator.url);
  const arrivedMs: number[] = [];
  /** How many have arrived and are not to be answered yet, or ever. */
  let held = 0;
  const hooks: { usage?: Intercept | undefined; token?: Intercept | undefined } = {};

  async function answer(exchange: Exchange, kind: 'usage' | 'token'): Promise<Reply | undefined> {
    arrivedMs.push(clock.now());
    held += 1;
    await new Promise<void>((resolve) => {
      clock.after(latencyMs(), resolve);
    });
    const reply = await hooks[kind]?.(exchange);
    if (comesToAnEnd(reply)) held -= 1;
    return reply;
  }
  started.bendToken((exchange) => answer(exchange, 'token'));
  started.bendUsage((exchange) => answer(exchange, 'usage'));

  /** Until all that was sent has arrived, and all that was answered has come back. */
  async function settle(): Promise<void> {
    do await setImmediate();
    while (underWay.size > held);
  }

  return {
    arrivedMs,
    bendUsage(hook) {
      hooks.usage = hook;
    },
    bendToken(hook) {
      hooks.token = hook;
    },
    async pass(ms) {
      await settle();
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        await clock.advance(Math.min(stepMs, leftMs));
        await settle();
      }
    },
  };
}

function comesToAnEnd(reply: Reply | undefined): boolean {
  return reply?.kind !== 'trickled' && !(reply?.kind === 'broken' && reply.end === 'hang');
}

/** The requests to that origin that were begun and have not ended, as undici tells. */
function trackRequests(origin: string): ReadonlySet<unknown> {
  const underWay = new Set<unknown>();
  const begun = (message: unknown): void => {
    const { request } = Object(message);
    if (request.origin === origin) underWay.add(request);
  };
  const ended = (message: unknown): void => {
    underWay.delete(Object(message).request);
  };
  subscribe('undici:request:create', begun);
  subscribe('undici:request:trailers', ended);
  subscribe('undici:request:error', ended);
  onTestFinished(() => {
    unsubscribe('undici:request:create', begun);
    unsubscribe('undici:request:trailers', ended);
    unsubscribe('undici:request:error', ended);
  });
  return underWay;
}
