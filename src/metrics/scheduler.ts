import type { UsageEvent } from '../events.js';
import { secondsTo } from './buckets.js';
import type { Meters } from './meters.js';

/** Counts how calls fare within the limits. */
export function countScheduler(meters: Meters): (event: UsageEvent) => void {
  const waited = meters.histogram(
    'queue_wait_seconds',
    'How long calls waited for their turn. Most should not wait at all.',
    {},
    secondsTo.deadline,
  )({});
  const refused = meters.counter(
    'refusals_total',
    'Calls that were not made because the limits left no room for them in time.',
    {},
  )({});
  const paused = meters.counter(
    'pauses_total',
    'Pauses that the upstream asked for, of the whole company or of one ICCID.',
    { concerns: ['company', 'iccid'] },
  );

  return (event) => {
    switch (event.type) {
      case 'scheduler.turn':
        return waited(event.waitedMs);
      case 'scheduler.refused':
        return refused();
      case 'scheduler.paused':
        return paused({ concerns: event.iccid === null ? 'company' : 'iccid' })();
    }
  };
}
