import type { Simulator } from 'esim-usage-gateway/simulator';
import { createLatch } from './latch.js';

/** Holds a simulator's answers for usage until it is told to let them go. `reached` settles when the first is held. */
export function holdAnswers({ intercept }: Pick<Simulator, 'intercept'>): {
  readonly reached: Promise<void>;
  readonly release: () => void;
} {
  const [reached, released] = [createLatch(), createLatch()];
  intercept(async ({ arrival, reply }) => {
    if (arrival.kind !== 'usage') return reply;
    reached.open();
    await released.opened;
    return reply;
  });
  return { reached: reached.opened, release: released.open };
}
