import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EsimUsageEnvironment } from '../generated/enums.js';
import type { FleetSettings, JoinFleet } from './fleet.js';
import { createFleetClock } from './fleet-clock.js';
import { redisUrlFault } from './redis-url.js';
import { createSeal } from './seal.js';
import { createSharedSlots, graceMs, type SharedSlots } from './shared-slots.js';
import { createSharedSource } from './shared-source.js';
import { createSharedToken } from './shared-token.js';
import { createSharedValues } from './shared-values.js';
import { createStore } from './store.js';

/** For how long after its connection has ended a question may still arrive, in milliseconds; and what a lease is longer for good measure. */
const marginMs = 2_000;

/**
 * A fleet whose processes meet on a Redis or Valkey server: for a module's option `fleet`. They keep to the upstream's limits together, read no eSIM
 * twice that one of them has read, and share one token. While the server cannot be reached nothing goes upstream, and each serves what it has.
 *
 * `url` is `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS; `redis+cluster://host,host` or `redis+sentinel://host,host/master`. Throws
 * a `TypeError` for any other. All processes of a company need the same figures.
 */
export function redisFleet(url: string): JoinFleet {
  const fault = redisUrlFault(url);
  if (fault !== null) throw new TypeError(`url: ${fault}`);
  return (settings) => join(url, settings);
}

function join(url: string, settings: FleetSettings): ReturnType<JoinFleet> {
  const { clientSecret, sandbox, callTimeoutMs, companyWindowMs, report } = settings;
  const company = companyOf(settings);
  const prefix = `esim-usage:{${company}}:`;
  const companyKey = `${prefix}company`;
  const clock = createFleetClock(settings.clock);
  const store = createStore({ url, probeKey: `${prefix}probe`, clock, report });
  const values = createSharedValues({ store, clock, prefix, companyKey });
  const callMs = graceMs + callTimeoutMs + marginMs;
  const environment: EsimUsageEnvironment = sandbox ? 'SANDBOX' : 'PRODUCTION';
  const opened: SharedSlots[] = [];

  return {
    clock,
    slots(onChange) {
      const slots = createSharedSlots({
        store,
        companyKey,
        requests: settings.companyRequests,
        windowMs: companyWindowMs,
        leaseMs: callMs + companyWindowMs,
        clock,
        onChange,
      });
      opened.push(slots);
      return slots;
    },
    ...createSharedSource({
      ...settings,
      values,
      limit: { requests: settings.iccidRequests, windowMs: settings.iccidWindowMs, callMs },
      environment,
      clock,
    }),
    shareToken: createSharedToken({
      values,
      limit: { requests: settings.tokenRequests, windowMs: settings.tokenWindowMs, callMs },
      seal: createSeal(clientSecret, `esim-usage token ${company}`),
      clock,
    }),
    state: () => (store.isLost() ? 'lost' : 'reached'),
    async close() {
      // What has just been cut off says so first.
      await setImmediate();
      for (const slots of opened) slots.close();
      await store.close();
    },
  };
}

/** Names a company without telling who it is. Not by its secret: while that is changed, some processes still have the old one. */
function companyOf({ clientId, baseUrl }: FleetSettings): string {
  return createHash('sha256')
    .update(JSON.stringify([baseUrl, clientId]))
    .digest('hex')
    .slice(0, 32);
}
