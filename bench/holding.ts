import { z } from 'zod';
import { askSeveral } from './operations.js';
import type { Server } from './start-server.js';

const memory = z.object({ heapBytes: z.number(), residentBytes: z.number() });

/** What a gateway needs that keeps so many readings, once garbage is collected. */
export interface Holding {
  readonly readings: number;
  readonly residentBytes: number;
  /** Beyond what the same process needed before it kept them. */
  readonly bytesAbove: number;
  /** The part of it that is on the heap of JavaScript; the rest is what the system does not get back. */
  readonly heapBytesAbove: number;
}

const perOperation = 100;
const atOnce = 2;
const warmingOperations = 300;

/**
 * Has a probed gateway read more and more eSIMs, up to each of the counts. What it is compared with has answered the same operation
 * for the same few eSIMs, so that compiled code is not counted for a reading.
 */
export async function measureHolding(
  server: Server,
  iccids: readonly string[],
  counts: readonly number[],
): Promise<Holding[]> {
  const [few] = partsOf(iccids.slice(0, perOperation));
  await askAll(
    server,
    Array.from({ length: warmingOperations }, () => few ?? []),
  );
  const empty = await memoryOf(server);
  const measured: Holding[] = [];
  let held = perOperation;
  for (const readings of counts) {
    await askAll(server, partsOf(iccids.slice(held, readings)));
    held = readings;
    const { residentBytes, heapBytes } = await memoryOf(server);
    measured.push({
      readings,
      residentBytes,
      bytesAbove: residentBytes - empty.residentBytes,
      heapBytesAbove: heapBytes - empty.heapBytes,
    });
  }
  return measured;
}

async function memoryOf(server: Server): Promise<z.infer<typeof memory>> {
  return memory.parse(await server.tell('memory'));
}

function partsOf(iccids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(iccids.length / perOperation) }, (_, part) =>
    iccids.slice(part * perOperation, (part + 1) * perOperation),
  );
}

async function askAll(server: Server, parts: string[][]): Promise<void> {
  const left = parts.values();
  async function askNext(): Promise<void> {
    for (const part of left) {
      const { text } = await server.ask(askSeveral(part).body);
      if (text.includes('EsimUsageProblem')) throw new Error(`${server.name} has no reading: ${text}`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askNext));
}
