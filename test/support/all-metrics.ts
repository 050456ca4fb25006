import { createMetrics, type Metrics } from 'esim-usage-gateway/metrics';
import type { EsimUsageState } from '../../src/state.js';

const state: EsimUsageState = {
  company: { requests: 5, windowMs: 1_000, held: 0, waiting: 0, pausedForMs: null },
  breaker: 'closed',
  fleet: 'alone',
  token: { ageMs: 0, leftMs: 60_000 },
  cache: { entries: 0, maxEntries: 100_000, freshMs: 1_200_000, mostFresh: 6_000 },
};

/** Metrics of which each has something to show. */
export function allMetrics(): Metrics {
  const metrics = createMetrics();
  metrics.watch({ state: () => state, readiness: () => 'ready' });
  return metrics;
}
