/** The names of an operation's span: its type, once that is known (OpenTelemetry semantic conventions for GraphQL). */
export const operationSpans = {
  unknown: 'GraphQL Operation',
  query: 'query',
  mutation: 'mutation',
  subscription: 'subscription',
} as const;

/** The names of the spans of what an operation reads. */
export const readSpans = {
  batch: 'esim_usage.batch',
  fetch: 'esim_usage.fetch',
  wait: 'esim_usage.wait',
  call: 'esim_usage.call',
  token: 'esim_usage.token',
} as const;
