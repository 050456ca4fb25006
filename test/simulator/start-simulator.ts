import { onTestFinished } from 'vitest';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.js';

/** 2023-11-14 22:13:20 UTC, at the start of a second. */
export const startMs = 1_700_000_000_000;

export interface StartedSimulator extends Simulator {
  /** Moves the simulator's clock, which otherwise stands still. */
  advance(byMs: number): void;
}

/** A simulator that answers at once, at a time that stands still, and is closed when the test is over. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<StartedSimulator> {
  let nowMs = startMs;
  const simulator = await createSimulator({ latencyMs: 0, clock: () => nowMs, ...options });
  onTestFinished(() => simulator.close());
  return {
    ...simulator,
    advance(byMs) {
      nowMs += byMs;
    },
  };
}
