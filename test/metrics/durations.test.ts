import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createMeters } from '../../src/metrics/meters.js';

const labels = { target: ['usage', 'token'] } as const;
const buckets = [0.05, 0.1, 1, 10];
const took = [
  ['usage', 0],
  ['usage', 50],
  ['usage', 51],
  ['token', 1_000],
  ['usage', 10_000],
  ['usage', 10_001],
  ['usage', 99.9],
] as const;

/** The same durations, as prom-client observes them by itself. */
function createModel(): Registry {
  const register = new Registry();
  const config = { name: 'esim_usage_took_seconds', help: 'How long.', labelNames: ['target'] };
  const histogram = new Histogram({ ...config, buckets, registers: [register] });
  for (const target of labels.target) histogram.zero({ target });
  for (const [target, tookMs] of took) histogram.observe({ target }, tookMs / 1_000);
  return register;
}

/** All that is told, without the exemplars that none of it has. */
async function inJson(register: Registry): Promise<unknown> {
  const withoutExemplars = (name: string, value: unknown) => (name === 'exemplar' ? undefined : value);
  return JSON.parse(JSON.stringify(await register.getMetricsAsJSON(), withoutExemplars));
}

it('durations are shown as prom-client shows its own, as text, as JSON, and beside default labels', async () => {
  const register = new Registry();
  const histogram = createMeters(register).histogram('took_seconds', 'How long.', labels, buckets);
  for (const [target, tookMs] of took) histogram({ target })(tookMs);
  const model = createModel();
  expect(await register.metrics()).toBe(await model.metrics());
  expect(await inJson(register)).toEqual(await inJson(model));
  for (const each of [register, model]) each.setDefaultLabels({ service: 'esim' });
  expect(await register.metrics()).toBe(await model.metrics());
});
