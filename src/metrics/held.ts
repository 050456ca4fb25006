import type { Clock } from '../clock.js';
import type { Readiness } from '../health.js';
import type { Iccid } from '../iccid.js';
import type { EsimUsageState } from '../state.js';
import { createDistinct } from './distinct.js';
import type { Meters } from './meters.js';
import { createRecent } from './recent.js';

/** What holds something to show. A module does, by itself. */
export interface Watched {
  state(): EsimUsageState;
  /** Whether the process can do its work, where anybody says so. */
  readiness?(): Readiness['status'];
}

/** Shows what a module holds. */
export interface Held {
  /** An operation has its answer for that one. */
  answered(iccid: Iccid): void;
  /** A call goes out, be it for a token. */
  sent(): void;
  watch(watched: Watched): void;
}

/** Most ICCIDs that are told apart: many times what the limits can keep fresh. */
const mostIccids = 100_000;

/** Makes the metrics that show nothing before there is something to watch. */
export function showHeld(meters: Meters, clock: Clock): Held {
  let watched: Watched | null = null;
  let asked = createDistinct<Iccid>({ windowMs: 0, most: 0, clock });
  let sent = createRecent(0, clock);

  const state = <Value>(of: (state: EsimUsageState) => Value): Value | null =>
    watched === null ? null : of(watched.state());
  const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1_000);
  const gauge = (name: string, help: string, of: (state: EsimUsageState) => number | null): void =>
    meters.gauge(name, help, () => state(of));

  gauge('slots', 'The company’s limit: most calls in any window.', ({ company }) => company.requests);
  gauge('window_seconds', 'The window of the company’s limit.', ({ company }) => company.windowMs / 1_000);
  gauge('window_calls', 'Calls that went out within the last window, those for tokens too.', () =>
    sent.count(),
  );
  gauge(
    'slots_held',
    'Slots of the company’s limit in use: by calls under way, and by those that ended within the window. Where it is shared, as this process last saw them.',
    ({ company }) => company.held,
  );
  gauge('queue_length', 'Calls that wait for their turn.', ({ company }) => company.waiting);
  gauge(
    'paused_seconds',
    'For how long nothing goes out yet because the upstream asked for a pause. 0 when there is none.',
    ({ company }) => (company.pausedForMs ?? 0) / 1_000,
  );
  meters.choice(
    'breaker_state',
    'The circuit breaker’s state is 1, the others are 0. Open: nothing goes out. Half-open: one call finds out.',
    'state',
    ['closed', 'open', 'half-open'],
    () => state(({ breaker }) => breaker),
  );
  meters.choice(
    'fleet_state',
    'What the company’s processes share: alone where this one shares nothing, and lost when that cannot be reached. That state is 1, the others are 0.',
    'state',
    ['alone', 'reached', 'lost'],
    () => state(({ fleet }) => fleet),
  );
  gauge('token_age_seconds', 'How long ago the token came. Absent without one.', ({ token }) =>
    seconds(token?.ageMs),
  );
  gauge('token_left_seconds', 'For how long the token is still used. Absent without one.', ({ token }) =>
    seconds(token?.leftMs),
  );
  gauge('cache_entries', 'ICCIDs of which something is kept.', ({ cache }) => cache.entries);
  gauge('cache_max_entries', 'Most ICCIDs that are kept.', ({ cache }) => cache.maxEntries);
  gauge(
    'iccids',
    'Different ICCIDs that were asked for within the time for which a reading is fresh. Not counted beyond 100000.',
    () => asked.count(),
  );
  gauge(
    'iccids_ceiling',
    'The most ICCIDs that the company’s limit can keep fresh. When more are asked for, some are served old or not at all.',
    ({ cache }) => cache.mostFresh,
  );
  meters.choice(
    'readiness',
    'What the health check says is 1, the others are 0. Absent where nobody checks.',
    'status',
    ['ready', 'degraded', 'not ready'],
    () => watched?.readiness?.() ?? null,
  );

  return {
    answered: (iccid) => asked.add(iccid),
    sent: () => sent.add(),
    watch(next) {
      watched = next;
      const { company, cache } = next.state();
      asked = createDistinct({ windowMs: cache.freshMs, most: mostIccids, clock });
      sent = createRecent(company.windowMs, clock);
    },
  };
}
