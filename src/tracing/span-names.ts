/** The names of the spans that a read is made of. */
export const readSpans = {
  batch: 'esim_usage.batch',
  fetch: 'esim_usage.fetch',
  wait: 'esim_usage.wait',
  call: 'esim_usage.call',
  token: 'esim_usage.token',
} as const;

/** What an operation's span is called until its type is known, which is its name then (OpenTelemetry semantic conventions for GraphQL). */
export const unknownOperation = 'GraphQL Operation';
