import { context, createContextKey, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { expect, it, onTestFinished, vi } from 'vitest';
import { findTracer } from '../../src/tracing/find-tracer.js';
import { beginOperation } from '../../src/tracing/operation-span.js';
import { version } from '../../src/version.js';
import { createManualClock } from '../support/manual-clock.js';
import { recordTraces } from '../support/record-traces.js';

const bug = { name: 'Usage', kind: 'query', code: 'INTERNAL_SERVER_ERROR' } as const;
const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

it('an operation is part of the span that is active, whatever its traceparent says', () => {
  const traces = recordTraces(createManualClock());
  trace.getTracer('host').startActiveSpan('the request', (span) => {
    beginOperation(headers)?.end({ name: null, kind: 'query', code: null });
    span.end();
  });
  expect(traces.told()).toMatchInlineSnapshot(`
    "1. the request 0–0 ms ()
      2. query 0–0 ms (SERVER, graphql.operation.type=query)"
  `);
});

it('only a bug of ours makes it an error', () => {
  const traces = recordTraces(createManualClock());
  beginOperation({})?.end(bug);
  expect(traces.told()).toMatchInlineSnapshot(
    `"1. query 0–0 ms (SERVER, graphql.operation.type=query, graphql.operation.name=Usage, error.type=INTERNAL_SERVER_ERROR, ERROR)"`,
  );
});

it('its name tells no ICCID, and is not endless', () => {
  const traces = recordTraces(createManualClock());
  const { end } = beginOperation({}) ?? {};
  end?.({ ...bug, name: `Of8944465400000267221${'N'.repeat(1_000)}` });
  expect(traces.spans()[0]?.attributes['graphql.operation.name']).toBe(`Of…${'N'.repeat(97)}`);
});

it('is not named where the host says that nothing be traced', () => {
  const traces = recordTraces(createManualClock());
  const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
  const operation = context.with(context.active().setValue(suppressed, true), () => beginOperation({}));
  operation?.end(bug);
  expect(operation?.traceId).toBeNull();
  expect(traces.spans()).toEqual([]);
});

it('spans say of which package and version they are, of any SDK’s making', () => {
  const traces = recordTraces(createManualClock());
  beginOperation({})?.end(bug);
  expect(traces.spans()[0]?.instrumentationScope).toMatchObject({ name: 'esim-usage-gateway', version });

  // As another copy of the API would set it up.
  const provider = vi.spyOn(trace, 'getTracerProvider').mockReturnValue(new BasicTracerProvider());
  onTestFinished(() => provider.mockRestore());
  expect(findTracer()).toMatchObject({ instrumentationScope: { name: 'esim-usage-gateway', version } });
});
