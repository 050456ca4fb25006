import type { ServerEvent, UsageEvent } from '../events.js';
import type { Meters } from './meters.js';

/** Events of one layer that are counted as they are. */
const families = {
  auth: {
    help: 'How often the keys that tokens are signed with could not be had (unavailable).',
    events: ['unavailable'],
  },
  loader: {
    help: 'How often an operation named an eSIM that it may not see (refused).',
    events: ['refused'],
  },
  cache: {
    help: 'What the cache did: had a fresh reading (hit) or none (miss), joined a fetch under way, stored a reading (fill), served an old one (stale), fetched one ahead (refresh), or remembered a failure.',
    events: ['hit', 'miss', 'join', 'fill', 'stale', 'refresh', 'failure'],
  },
  token: {
    help: 'What became of tokens: a new one came (renewed), none came (failed), or one was refused in use (rejected).',
    events: ['renewed', 'failed', 'rejected'],
  },
  breaker: {
    help: 'What the circuit breaker did: opened, sent one call to find out (probe), or closed.',
    events: ['opened', 'probe', 'closed'],
  },
  fleet: {
    help: 'What the company’s processes share: another had what was asked for (hit), it could not be reached (lost, again each minute), or it could again (found).',
    events: ['hit', 'lost', 'found'],
  },
} as const;

/** Counts them, a counter for each family. */
export function countFamilies(meters: Meters): (event: UsageEvent | ServerEvent) => void {
  const counts = new Map<string, () => void>();
  for (const [family, { help, events }] of Object.entries(families)) {
    const count = meters.counter(`${family}_events_total`, help, { event: events });
    for (const event of events) counts.set(`${family}.${event}`, count({ event }));
  }
  return ({ type }) => counts.get(type)?.();
}
