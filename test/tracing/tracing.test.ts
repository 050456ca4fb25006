import { trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import type { UsageEvent } from '../../src/events.js';
import { createTracing, type Tracing } from '../../src/tracing/tracing.js';
import { type BendableSource, createBendableSource } from '../support/bendable-source.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { recordTraces, type TraceRecord } from '../support/record-traces.js';

const iccid = iccidNumber(1);

interface Rig {
  readonly clock: ManualClock;
  readonly traces: TraceRecord;
  readonly tracing: Tracing;
  readonly source: BendableSource;
}

function createRig(): Rig {
  const clock = createManualClock();
  return {
    clock,
    traces: recordTraces(clock),
    tracing: createTracing(),
    source: createBendableSource(clock),
  };
}

it('tells a bug of ours as that, without a word of what was thrown', async () => {
  const { traces, tracing, source } = createRig();
  source.fail(new TypeError('MARKER'));
  await expect(tracing.aroundFetch(source).read(iccid, { deadlineMs: 8_000 })).rejects.toThrow('MARKER');
  expect(traces.told()).toMatchInlineSnapshot(
    `"1. esim_usage.fetch 0–0 ms (esim_usage.iccid=89…0001, esim_usage.reason=missing, error.type=_OTHER, ERROR)"`,
  );
  expect(traces.spans().flatMap(({ events }) => events)).toEqual([]);
});

it('keeps a refresh out of the operation that planned it, in whose context it runs', async () => {
  const { traces, tracing, source } = createRig();
  const path = tracing.aroundFetch(tracing.aroundWait(tracing.aroundCall(source)));
  await trace.getTracer('host').startActiveSpan('an operation', (span) => {
    span.end();
    return path.read(iccid, { deadlineMs: Number.POSITIVE_INFINITY, hasOld: true });
  });
  expect(traces.told()).toMatchInlineSnapshot(`
    "1. an operation 0–0 ms ()
    2. esim_usage.fetch 0–0 ms (esim_usage.iccid=89…0001, esim_usage.reason=refresh)
      3. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0001)
      4. esim_usage.call 0–0 ms (CLIENT, esim_usage.iccid=89…0001)"
  `);
});

it('links who joins to the newest fetch, though an older one ends later', async () => {
  const { clock, traces, tracing, source } = createRig();
  const { read } = tracing.aroundFetch(source);
  const join: UsageEvent = { type: 'cache.join', iccid };
  source.take(0, 200);
  const first = read(iccid, { deadlineMs: 8_000 });
  source.take(0, 300);
  const second = read(iccid, { deadlineMs: 8_000 });
  await clock.advance(250);
  await tracing.batch(1, async () => tracing.hearing(() => undefined)(join));
  await clock.advance(50);
  await Promise.all([first, second]);
  expect(traces.told()).toMatchInlineSnapshot(`
    "1. esim_usage.fetch 0–200 ms (esim_usage.iccid=89…0001, esim_usage.reason=missing)
    2. esim_usage.fetch 0–300 ms (esim_usage.iccid=89…0001, esim_usage.reason=missing)
    3. esim_usage.batch 250–250 ms (esim_usage.iccids=1, linked to 2)"
  `);
});

it('hears what happens outside of a batch, and only hands it on', () => {
  const { traces, tracing } = createRig();
  const events: UsageEvent[] = [];
  const report = tracing.hearing((event) => events.push(event));
  report({ type: 'loader.answer', iccid, answer: 'cache' });
  trace.getTracer('host').startActiveSpan('an operation', (span) => {
    report({ type: 'cache.join', iccid });
    span.end();
  });
  expect(events.map(({ type }) => type)).toEqual(['loader.answer', 'cache.join']);
  expect(traces.told()).toBe('1. an operation 0–0 ms ()');
});
