import { z } from 'zod';
import { whole } from './whole.js';

/** Where metrics are served. */
export interface MetricsConfig {
  readonly host: string;
  readonly port: number;
}

/** What is read of the environment for them. */
export const metricsVariables = z.object({
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: whole(0, 65_535).optional(),
});

/** Where metrics are to be served: nowhere unless a port is named. Adds a line for a fault. */
export function readMetricsConfig(
  given: Readonly<Record<string, string>>,
  faults: string[],
): MetricsConfig | null {
  const parsed = metricsVariables.safeParse(given);
  if (!parsed.success) faults.push('METRICS_PORT: expected a whole number from 0 to 65535');
  const { METRICS_HOST: host, METRICS_PORT: port } = parsed.data ?? {};
  return host === undefined || port === undefined ? null : { host, port };
}
