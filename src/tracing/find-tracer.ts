import { ProxyTracerProvider, type Tracer, trace } from '@opentelemetry/api';
import { version } from '../version.js';

/**
 * The tracer of the SDK that the process has set up, whenever it did. Null when there is none: then no spans need be made. Not kept, because
 * what the API hands out instead of a tracer is for one SDK only.
 */
export function findTracer(): Tracer | null {
  const provider = trace.getTracerProvider();
  const name = 'esim-usage-gateway';
  // What stands in for an SDK makes no tracer before there is one.
  if (provider instanceof ProxyTracerProvider) return provider.getDelegateTracer(name, version) ?? null;
  return provider.getTracer(name, version);
}
