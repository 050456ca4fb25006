import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { addProcessMetrics } from '../../src/metrics/process-metrics.js';
import { shownMetrics } from '../support/metric-series.js';

it('the metrics of the process are those by the known names whose labels are known', async () => {
  const register = new Registry();
  addProcessMetrics(register);
  const shown = await shownMetrics(register);
  expect(shown.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_gc_duration_seconds',
      'nodejs_heap_size_used_bytes',
    ]),
  );
  const known = ['kind', 'major', 'minor', 'patch', 'space', 'version'];
  expect(shown.flatMap(({ labels }) => Object.keys(labels)).filter((name) => !known.includes(name))).toEqual(
    [],
  );
});
