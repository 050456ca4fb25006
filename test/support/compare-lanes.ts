import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { isSettled, type Outcome, startBothLanes } from './both-lanes.js';
import { anyOperation, type SentOperation } from './lane-operations.js';

/** What was seen of so many operations. */
export interface Comparison {
  readonly operations: number;
  /** How many of them were answered by the fast lane. */
  readonly fast: number;
  /** What was not the same, for people. */
  readonly faults: readonly string[];
}

/** No more are of use. */
const mostFaults = 3;

/**
 * Sends random operations to a gateway with the fast lane and to one without, over one cache whose readings end meanwhile: answers, headers
 * and all that is reported must be the same.
 */
export async function compareLanes(count: number, seed: number): Promise<Comparison> {
  const lanes = await startBothLanes();
  const faults: string[] = [];
  let operations = 0;

  /** What comes of it on both ways at one time, when it is known to the lane and, unless readings keep ending, to the cache. */
  async function outcomesOf(operation: SentOperation): Promise<{ fast: Outcome; slow: Outcome }> {
    for (let attempt = 1; ; attempt += 1) {
      await lanes.fast(operation);
      // What was fetched before an operation began comes from the cache.
      await lanes.pass(1);
      const [fast, slow] = [await lanes.fast(operation), await lanes.slow(operation)];
      if ((isSettled(fast) && isSettled(slow)) || attempt === 5) return { fast, slow };
    }
  }

  for (const operation of fc.sample(anyOperation, { numRuns: count, seed })) {
    const outcomes = await outcomesOf(operation);
    if (!isDeepStrictEqual(outcomes.fast, outcomes.slow))
      faults.push(JSON.stringify({ operation, ...outcomes }, null, 2));
    operations += 1;
    if (faults.length >= mostFaults) break;
    // Every reading ends some time.
    if (operations % 50 === 0) await lanes.pass((operations * 7_919) % 600_000);
  }
  const fast = lanes.used();
  await lanes.close();
  return { operations, fast, faults };
}
