import {
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.js';

/** What an SDK was given in one test. */
export interface TraceRecord {
  /** The spans that have begun since the last restart and ended, in the order in which they began. */
  spans(): ReadableSpan[];
  /**
   * The same as a text that a person can follow: numbered, each below its parent, with its moments on the clock since then, its
   * attributes, links and status.
   */
  told(): string;
  /** Forgets everything so far, and begins now. */
  restart(): void;
}

interface Begun {
  readonly number: number;
  readonly fromMs: number;
  toMs: number | null;
}

/** Sets an SDK up, as a host does, until the test is over. */
export function recordTraces(clock: Clock, sampler?: Sampler): TraceRecord {
  const exporter = new InMemorySpanExporter();
  /** By their ids, in their order. */
  const begun = new Map<string, Begun>();
  let beganMs = clock.now();
  const timekeeper = {
    onStart(span: ReadableSpan) {
      begun.set(idOf(span), { number: begun.size + 1, fromMs: clock.now() - beganMs, toMs: null });
    },
    onEnd(span: ReadableSpan) {
      const times = begun.get(idOf(span));
      if (times !== undefined) times.toMs = clock.now() - beganMs;
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const spanProcessors = [timekeeper, new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(traceparentOnly);
  onTestFinished(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  function spans(): ReadableSpan[] {
    const ended = new Map(exporter.getFinishedSpans().map((span) => [idOf(span), span]));
    return [...begun.keys()].flatMap((id) => ended.get(id) ?? []);
  }

  function lineOf(span: ReadableSpan): string {
    const { number, fromMs, toMs } = begun.get(idOf(span)) ?? {};
    const { code, message } = span.status;
    const facts = [
      ...(span.kind === SpanKind.INTERNAL ? [] : [SpanKind[span.kind]]),
      ...Object.entries(span.attributes).map(([name, value]) => `${name}=${value}`),
      ...span.links.map((link) => `linked to ${begun.get(link.context.spanId)?.number}`),
      ...(code === SpanStatusCode.ERROR ? [message === undefined ? 'ERROR' : `ERROR: ${message}`] : []),
    ];
    return `${number}. ${span.name} ${fromMs}–${toMs} ms (${facts.join(', ')})`;
  }

  return {
    spans,
    told() {
      const all = spans();
      const known = new Set(all.map(idOf));
      const linesBelow = (parentId: string | null, indent: string): string[] =>
        all
          .filter((span) => parentIdOf(span, known) === parentId)
          .flatMap((span) => [`${indent}${lineOf(span)}`, ...linesBelow(idOf(span), `${indent}  `)]);
      return linesBelow(null, '').join('\n');
    },
    restart() {
      exporter.reset();
      begun.clear();
      beganMs = clock.now();
    },
  };
}

function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}

/** Null when the parent is none of these. */
function parentIdOf({ parentSpanContext }: ReadableSpan, known: ReadonlySet<string>): string | null {
  return parentSpanContext !== undefined && known.has(parentSpanContext.spanId)
    ? parentSpanContext.spanId
    : null;
}

/** W3C Trace Context, as far as the tests need it. */
const traceparentOnly: TextMapPropagator = {
  fields: () => ['traceparent'],
  inject(from: Context, carrier, setter) {
    const spanContext = trace.getSpanContext(from);
    if (spanContext === undefined || !trace.isSpanContextValid(spanContext)) return;
    setter.set(carrier, 'traceparent', `00-${spanContext.traceId}-${spanContext.spanId}-01`);
  },
  extract(into: Context, carrier, getter) {
    const [, traceId = '', spanId = ''] = String(getter.get(carrier, 'traceparent')).split('-');
    const spanContext = { traceId, spanId, traceFlags: 1, isRemote: true };
    return trace.isSpanContextValid(spanContext) ? trace.setSpanContext(into, spanContext) : into;
  },
};
