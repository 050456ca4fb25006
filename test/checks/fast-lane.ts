import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { compareLanes } from '../support/compare-lanes.js';
import { conclude } from '../support/real-gateway.js';

/**
 * Holds the fast lane to graphql-js: 20,000 random operations, in two processes with a seed each. The first seed can be given; what it was is
 * printed.
 */
const count = 10_000;
const comparison = z.object({ operations: z.number(), fast: z.number(), faults: z.array(z.string()) });
const [given, part] = process.argv.slice(2);
const seed = Number(given ?? Date.now() % 2 ** 31);

if (part !== undefined) process.send?.(await compareLanes(count, seed));
else {
  const seeds = [seed, seed + 1];
  const compared = await Promise.all(seeds.map(compareInProcess));
  const faults = compared.flatMap((each) => each.faults);
  // Otherwise the others would prove little.
  for (const { fast, operations } of compared)
    if (fast < operations / 3) faults.push(`only ${fast} of ${operations} were answered by the fast lane`);
  conclude(
    compared.map(({ operations, fast }, index) => ({
      seed: seeds[index],
      operations,
      'by the fast lane': fast,
    })),
    faults,
  );
}

async function compareInProcess(own: number): Promise<z.infer<typeof comparison>> {
  const child = fork(fileURLToPath(import.meta.url), [String(own), 'part']);
  const [message] = await once(child, 'message');
  return comparison.parse(message);
}
