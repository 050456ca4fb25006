import { setTimeout } from 'node:timers/promises';
import type { Figures } from 'esim-usage-gateway';
import { fleetIccids, type Simulator, type WindowKind } from 'esim-usage-gateway/simulator';
import type { UsageResult } from '../../src/usage.js';
import type { RealGateway } from './real-gateway.js';

/** A way in which clients ask. */
export interface Traffic {
  readonly name: 'backlog' | 'bursts' | 'adversarial';
  readonly figures: Partial<Figures>;
  /** Of so many answers about an eSIM one is a reset instead. */
  readonly resetEvery: number;
  /** Asks, and brings what the clients got that stayed to the end. */
  run(gateway: RealGateway, windowKind: WindowKind): Promise<UsageResult[]>;
}

const patient = { deadlineMs: 60_000 };
const never = Number.POSITIVE_INFINITY;
const companyRequests = 5;

/** One operation wants 60 cold ICCIDs. */
const backlog: Traffic = {
  name: 'backlog',
  figures: patient,
  resetEvery: never,
  run: ({ ask }) => ask(fleetIccids(60)),
};

/** Groups of up to 12 cold ICCIDs at once, each an operation of its own, after pauses in which slots have long been free. */
const bursts: Traffic = {
  name: 'bursts',
  figures: patient,
  resetEvery: never,
  async run({ ask }) {
    const cold = fleetIccids(100);
    const results: Promise<UsageResult[]>[] = [];
    for (let group = 0; group < 12; group += 1) {
      const size = Math.ceil(Math.random() * 12);
      for (const iccid of cold.splice(0, size)) results.push(ask([iccid]));
      await setTimeout(Math.random() * 5_000);
    }
    return (await Promise.all(results)).flat();
  },
};

/**
 * Rounds of three attacks: at the edge of the simulator's window, as many as fit on either side; clients that leave before they
 * can be answered; and one ICCID over and over, whose readings last for a moment only. One token is revoked in between.
 */
const adversarial: Traffic = {
  name: 'adversarial',
  figures: { upstreamCacheMs: 500, softWaitMs: 100 },
  resetEvery: 10,
  async run(gateway, windowKind) {
    const { ask, simulator } = gateway;
    const cold = fleetIccids(900);
    const repeated = fleetIccids(901).slice(-1);
    const results: Promise<UsageResult[]>[] = [];
    const askForCold = (count: number): void => {
      for (const iccid of cold.splice(0, count)) results.push(ask([iccid]));
    };

    for (let round = 0; round < 6; round += 1) {
      askForCold(windowKind === 'aligned' ? 0 : 1);
      await setTimeout(500);
      const edgeMs = nextEdgeMs(simulator, windowKind);
      await setTimeout(edgeMs - 15 - performance.now());
      askForCold(companyRequests);
      await setTimeout(edgeMs + 2 - performance.now());
      askForCold(companyRequests);
      if (round === 2) simulator.revokeTokens();
      for (let wave = 0; wave < 80; wave += 1) {
        const leaving = AbortSignal.timeout(Math.ceil(Math.random() * 200));
        for (const iccid of cold.splice(0, 1)) void ask([iccid], leaving);
        results.push(ask(repeated));
        await setTimeout(20);
      }
      // Until nobody waits, and all slots have been free for a while.
      await Promise.all(results);
      await setTimeout(2_200);
    }
    return (await Promise.all(results)).flat();
  },
};

/** When the simulator's window ends next, as near as can be told from outside. */
function nextEdgeMs({ arrivals }: Simulator, windowKind: WindowKind): number {
  const nowMs = performance.now();
  if (windowKind === 'aligned') return nowMs + 1_000 - (Date.now() % 1_000);
  const windows = Math.ceil((nowMs - (arrivals.at(-1)?.atMs ?? nowMs)) / 1_000);
  return (arrivals.at(-1)?.atMs ?? nowMs) + Math.max(1, windows) * 1_000;
}

/** All of them. */
export const traffics: readonly Traffic[] = [backlog, bursts, adversarial];
