import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { AnswerKind, Report, UsageEvent } from '../events.js';
import { type Iccid, maskIccid } from '../iccid.js';
import type { Caller, UsageSource } from '../usage.js';
import { endAfter, endFailed } from './end-span.js';
import { findTracer } from './find-tracer.js';
import { readSpans } from './span-names.js';

/**
 * Spans around the layers of a module, each where it stands in the path of a read. Without an SDK in the process every one of these
 * only hands on.
 */
export interface Tracing {
  /** One batch of a loader's, in the span that is active. */
  batch<Result>(iccids: number, load: () => Promise<Result>): Promise<Result>;
  /** Stands below the cache: one fetch, in the batch that started it, however many wait for it. One that nobody waits for begins a trace. */
  aroundFetch(source: UsageSource): UsageSource;
  /** Stands above the scheduler: the wait for a slot, until the call begins or is given up. */
  aroundWait(source: UsageSource): UsageSource;
  /** Stands around the client: the call. */
  aroundCall(source: UsageSource): UsageSource;
  /** The same token request, in the span that is active now, whenever it goes out. */
  tokenCall<Result>(call: () => Promise<Result>): () => Promise<Result>;
  /** Hears what the layers report before that is handed on. */
  hearing(report: Report): Report;
}

/** What belongs to a fetch, whose calls come out of the queue in whatever context has set them free. */
interface Fetch {
  readonly tracer: Tracer;
  readonly context: Context;
  /** Set while it waits. */
  wait: Span | undefined;
}

interface Batch {
  readonly span: Span;
  readonly answers: Map<AnswerKind, number>;
}

/** Makes the spans of one module. */
export function createTracing(): Tracing {
  /** Those under way. */
  const batches = new Map<Span, Batch>();
  /** All layers from the cache to the client hand on the same caller. */
  const fetches = new WeakMap<Caller, Fetch>();
  const underWay = new Map<Iccid, Span>();

  function activeBatch(): Batch | undefined {
    const span = trace.getActiveSpan();
    return span && batches.get(span);
  }

  function answered({ span, answers }: Batch, kind: AnswerKind): void {
    const count = (answers.get(kind) ?? 0) + 1;
    answers.set(kind, count);
    span.setAttribute(`esim_usage.answers.${kind.toLowerCase().replace(' ', '.')}`, count);
  }

  function joined({ span }: Batch, iccid: Iccid): void {
    // Who joins in the moment in which a fetch is started comes before its span.
    queueMicrotask(() => {
      const fetch = underWay.get(iccid);
      if (fetch !== undefined) span.addLink({ context: fetch.spanContext(), attributes: named(iccid) });
    });
  }

  /** Each is told where it happens: in the context of a batch. */
  function hear(event: UsageEvent): void {
    if (event.type !== 'loader.answer' && event.type !== 'cache.join') return;
    const batch = activeBatch();
    if (batch === undefined) return;
    if (event.type === 'loader.answer') answered(batch, event.answer);
    else joined(batch, event.iccid);
  }

  return {
    batch(iccids, load) {
      const tracer = findTracer();
      if (tracer === null) return load();
      const parent = context.active();
      const span = tracer.startSpan(readSpans.batch, { attributes: { 'esim_usage.iccids': iccids } }, parent);
      batches.set(span, { span, answers: new Map() });
      return endAfter(span, () => context.with(trace.setSpan(parent, span), load)).finally(() =>
        batches.delete(span),
      );
    },

    aroundFetch: (source) => ({
      read(iccid, caller) {
        const tracer = findTracer();
        if (tracer === null) return source.read(iccid, caller);
        const reason = reasonOf(caller);
        // A refresh runs in the context of the operation that planned it, which is long over.
        const parent = reason === 'refresh' ? ROOT_CONTEXT : context.active();
        const attributes = { ...named(iccid), 'esim_usage.reason': reason };
        const span = tracer.startSpan(readSpans.fetch, { attributes }, parent);
        const within = trace.setSpan(parent, span);
        fetches.set(caller, { tracer, context: within, wait: undefined });
        underWay.set(iccid, span);
        return endAfter(span, () => context.with(within, () => source.read(iccid, caller))).finally(() => {
          if (underWay.get(iccid) === span) underWay.delete(iccid);
        });
      },
    }),

    aroundWait: (source) => ({
      read(iccid, caller) {
        const fetch = fetches.get(caller);
        if (fetch === undefined) return source.read(iccid, caller);
        const wait = fetch.tracer.startSpan(readSpans.wait, { attributes: named(iccid) }, fetch.context);
        fetch.wait = wait;
        return source.read(iccid, caller).catch((error: unknown) => {
          if (fetch.wait === wait) endFailed(wait, error);
          throw error;
        });
      },
    }),

    aroundCall: (source) => ({
      read(iccid, caller) {
        const fetch = fetches.get(caller);
        if (fetch === undefined) return source.read(iccid, caller);
        fetch.wait?.end();
        fetch.wait = undefined;
        const call = (): ReturnType<UsageSource['read']> => source.read(iccid, caller);
        return traceCall(fetch.tracer, readSpans.call, fetch.context, call, named(iccid));
      },
    }),

    tokenCall(call) {
      const tracer = findTracer();
      if (tracer === null) return call;
      const parent = context.active();
      return () => traceCall(tracer, readSpans.token, parent, call);
    },

    hearing: (report) => (event) => {
      // Which span is active costs more to find out than an answer from the cache should.
      if (batches.size > 0) hear(event);
      report(event);
    },
  };
}

/** What an SDK and the instrumentation of others look for, to leave alone what goes on within. */
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * What goes out to the upstream. Within it nobody else traces: instrumentation of the host's would send its `traceparent` and `baggage`
 * to a company that they are no business of.
 */
function traceCall<Result>(
  tracer: Tracer,
  name: string,
  parent: Context,
  call: () => Promise<Result>,
  attributes: Attributes = {},
): Promise<Result> {
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
  const within = trace.setSpan(parent, span).setValue(suppressed, true);
  return endAfter(span, () => context.with(within, call));
}

function named(iccid: Iccid): Attributes {
  return { 'esim_usage.iccid': maskIccid(iccid) };
}

/** Nobody waits for what has no deadline. */
function reasonOf({ deadlineMs, hasOld = false }: Caller): 'missing' | 'stale' | 'refresh' {
  if (deadlineMs === Number.POSITIVE_INFINITY) return 'refresh';
  return hasOld ? 'stale' : 'missing';
}
