import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Their labels are names of Node's own classes: nobody has a list of them, and counting them asks for what Node does not document. */
const open = ['nodejs_active_handles', 'nodejs_active_requests', 'nodejs_active_resources'];

/**
 * Adds processor, memory, event loop and garbage collection, by the names that dashboards know. Once for a process: what measures the
 * event loop, every 10 milliseconds, never stops. It keeps no process alive.
 */
export function addProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
  for (const name of open) {
    register.removeSingleMetric(name);
    register.removeSingleMetric(`${name}_total`);
  }
}
