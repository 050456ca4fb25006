import { askOne } from './operations.js';
import type { SimulatorProcess } from './simulator.js';
import type { Server } from './start-server.js';

/** How often a server read one eSIM that many asked for at once. */
export interface Coalescing {
  readonly server: string;
  readonly operations: number;
  readonly upstreamCalls: number;
}

const operations = 1_000;

/** Asks each server at once, over as many connections, for an eSIM that nobody has asked for yet. */
export async function measureCoalescing(
  servers: readonly Server[],
  simulator: SimulatorProcess,
  coldIccids: readonly string[],
): Promise<Coalescing[]> {
  const measured: Coalescing[] = [];
  for (const [index, server] of servers.entries()) {
    const iccid = coldIccids[index];
    if (iccid === undefined) throw new RangeError('coldIccids: expected one for each server');
    const { body } = askOne(iccid);
    await Promise.all(Array.from({ length: operations }, () => server.ask(body)));
    measured.push({
      server: server.name,
      operations,
      upstreamCalls: await simulator.timesRead(iccid),
    });
  }
  return measured;
}
