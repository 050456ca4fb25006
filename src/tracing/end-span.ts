import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { AbandonedError, UpstreamError, UsageError } from '../errors.js';

/** Runs what a span stands for, and ends it as that ends. */
export async function endAfter<Result>(span: Span, run: () => Promise<Result>): Promise<Result> {
  try {
    const result = await run();
    span.end();
    return result;
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
}

/** Ends a span with an error, told by our own words only: no causes and no stacks. */
export function endFailed(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorTypeOf(error));
  if (!isNoFault(error))
    span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(error instanceof UsageError && { message: error.message }),
    });
  span.end();
}

/** One of few. What is no `UsageError` is a bug of ours: `_OTHER`, as the semantic conventions call it. */
function errorTypeOf(error: unknown): string {
  if (error instanceof AbandonedError) return 'ABANDONED';
  if (error instanceof UpstreamError) return error.fault;
  return error instanceof UsageError ? error.code : '_OTHER';
}

/** An answer like others, or nobody's wish any more. */
function isNoFault(error: unknown): boolean {
  return error instanceof AbandonedError || (error instanceof UsageError && error.code === 'NOT_FOUND');
}
