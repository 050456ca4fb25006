import { setImmediate } from 'node:timers/promises';
import type { Exchange, Intercept } from 'esim-usage-gateway/simulator';
import type { EsimUsageModuleOptions } from '../../src/options.js';
import { createManualClock, type ManualClock } from './manual-clock.js';
import {
  type Answer,
  documentedLimits,
  type StartedGateway,
  type StartOptions,
  startGateway,
} from './start-gateway.js';
import type { Bend, UpstreamFault } from './upstream-faults.js';
import { readOne } from './usage-answers.js';
import { createVirtualWire, type VirtualWire } from './virtual-wire.js';

export interface FaultyGatewayOptions extends Pick<StartOptions, 'authentication' | 'headers'> {
  readonly module?: Partial<EsimUsageModuleOptions>;
  /** What else the upstream's own answer says, which faults then quote. */
  readonly plant?: (exchange: Exchange) => Exchange;
}

/** A gateway on the documented limits, 50 ms from its simulator, which an upstream's fault befalls. */
export interface FaultyGateway extends StartedGateway {
  readonly clock: ManualClock;
  readonly wire: VirtualWire;
  /** From now on the fault lasts; null ends it. */
  befall(fault: Pick<UpstreamFault, 'usage' | 'token' | 'isGone'> | null): Promise<void>;
  /** Asks for one eSIM and lets so much time pass, to the deadline if left out, and no more: a later answer never comes. */
  askFor(iccid: string, waitMs?: number): Promise<Answer>;
  /** The same for several at the same time, each in an operation of its own. */
  askForEach(iccids: readonly string[], waitMs?: number): Promise<Answer[]>;
}

/** How long an operation waits, unless a test says otherwise. */
const deadlineMs = 8_000;
/** How long a token serves here: less than a reading may. */
export const tokenMs = 3_600_000;

export async function startFaultyGateway(options: FaultyGatewayOptions = {}): Promise<FaultyGateway> {
  const { plant = (exchange) => exchange } = options;
  const clock = createManualClock();
  const gateway = await startGateway({
    ...options,
    clock,
    module: { ...documentedLimits, random: () => 0, ...options.module },
    simulator: { tokenLifetimeSeconds: tokenMs / 1_000 },
  });
  const wire = createVirtualWire({ clock, started: gateway, latencyMs: () => 50 });
  let asked = 0;

  function counted(bend: Bend | undefined): Intercept | undefined {
    let count = 0;
    return bend && ((exchange) => bend(plant(exchange), count++));
  }

  async function askForEach(iccids: readonly string[], waitMs = deadlineMs): Promise<Answer[]> {
    const answers = Promise.all(iccids.map((iccid) => gateway.ask(readOne, { iccid })));
    asked += iccids.length;
    while (gateway.begun() < asked) await setImmediate();
    await wire.pass(waitMs);
    return answers;
  }

  return {
    ...gateway,
    clock,
    wire,
    async befall(fault) {
      wire.bendUsage(counted(fault?.usage));
      wire.bendToken(counted(fault?.token));
      if (fault?.isGone) await gateway.simulator.close();
    },
    askForEach,
    async askFor(iccid, waitMs) {
      const [answer] = await askForEach([iccid], waitMs);
      if (answer === undefined) throw new TypeError('expected an answer');
      return answer;
    },
  };
}
