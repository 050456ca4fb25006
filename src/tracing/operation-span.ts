import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { findTracer } from './find-tracer.js';
import { operationSpans } from './span-names.js';

/** Whether there is an SDK that wants to know of operations. */
export function isTraced(): boolean {
  return findTracer() !== null;
}

/** The span of one GraphQL operation, which has begun. */
export interface OperationSpan {
  /** Null when the SDK makes none, as while it is told to keep still. */
  readonly traceId: string | null;
  /** Runs what answers the operation, whose spans are part of this one. */
  run<Result>(answer: () => Result): Result;
  /** Ends it, with what is known of the operation by then. */
  end(operation: TracedOperation): void;
}

export interface TracedOperation {
  readonly name: string | null;
  readonly kind: 'query' | 'mutation' | 'subscription' | null;
  /** Of its first error. */
  readonly code: string | null;
}

/**
 * Begins the span of an operation that came with these headers: in the span that is active, and otherwise in the one that they name. Null
 * when the process has no SDK.
 */
export function beginOperation(headers: Readonly<Record<string, unknown>>): OperationSpan | null {
  const tracer = findTracer();
  if (tracer === null) return null;
  const active = context.active();
  const parent = trace.getSpan(active) === undefined ? propagation.extract(active, headers) : active;
  const span = tracer.startSpan(operationSpans.unknown, { kind: SpanKind.SERVER }, parent);
  const spanContext = span.spanContext();
  return {
    traceId: trace.isSpanContextValid(spanContext) ? spanContext.traceId : null,
    run: (answer) => context.with(trace.setSpan(parent, span), answer),
    end({ name, kind, code }) {
      if (kind !== null) span.updateName(operationSpans[kind]).setAttribute('graphql.operation.type', kind);
      if (name !== null) span.setAttribute('graphql.operation.name', tellable(name));
      if (code !== null) span.setAttribute('error.type', code);
      // All others are the client's own faults.
      if (code === 'INTERNAL_SERVER_ERROR') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** Longer than any that somebody has thought of. */
const longestName = 100;

/** Clients that put a query together by program name it for what it asks for: digits that could be an ICCID are left out. */
function tellable(name: string): string {
  return name.replace(/\d{15,}/g, '…').slice(0, longestName);
}
