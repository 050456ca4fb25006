import { type AtHand, createAtHand } from './at-hand.js';
import { type Cache, createCache } from './cache/cache.js';
import { createContext, type EsimUsageContext, type OperationOptions } from './context.js';
import type { Fleet } from './fleet/fleet.js';
import { type EsimUsageModuleOptions, type Figures, type Settings, settingsOf } from './options.js';
import { createGate } from './scheduler/gate.js';
import { createScheduler } from './scheduler/scheduler.js';
import { readingNames } from './schema/reading-names.js';
import { createSchema, type EsimUsageSchema } from './schema/schema.js';
import type { EsimUsageState } from './state.js';
import { createTracing, type Tracing } from './tracing/tracing.js';
import { createBreaker } from './upstream/breaker.js';
import { createClient } from './upstream/client.js';
import { createHttp, type Http } from './upstream/http.js';
import { createReplay } from './upstream/replay.js';
import { createRetry } from './upstream/retry.js';
import { createToken } from './upstream/token.js';

/**
 * Everything that a GraphQL server needs to answer how much of an eSIM is left. The resolvers expect `createContext()` in the
 * context.
 */
export interface EsimUsageModule<Request = unknown> extends EsimUsageSchema {
  /** The context of one operation: call it for each, because the operation's deadline runs from then. */
  createContext(operation?: OperationOptions<Request>): EsimUsageContext;
  /** What a server can answer at once, without an operation. */
  readonly atHand: AtHand<Request>;
  /** What it holds at this moment, for metrics. */
  state(): EsimUsageState;
  /** Ends all connections to the upstream. Readings that are still asked for become `UNAVAILABLE`. */
  close(): Promise<void>;
}

/**
 * Makes the module for one company's credentials. All of a process's reads should go through one module: the upstream's limits
 * hold for the company, and two modules without the same `fleet` do not know of each other. Throws when an option is out of its range.
 */
export function createEsimUsageModule<Request = unknown>(
  options: EsimUsageModuleOptions<Request>,
): EsimUsageModule<Request> {
  const given = settingsOf(options);
  const tracing = createTracing();
  const heard = { ...given, report: tracing.hearing(given.report) };
  const fleet = heard.fleet(heard);
  const settings = { ...heard, clock: fleet.clock };
  const http = createHttp(settings);
  const { cache, state } = createLayers(settings, http, fleet, tracing);
  const contextOptions = { ...settings, source: cache, aroundBatch: tracing.batch };

  return {
    ...createSchema(settings.schema),
    createContext: (operation = {}) => createContext(contextOptions, operation),
    atHand: createAtHand({ ...settings, cache, names: readingNames(settings.schema) }),
    state,
    async close() {
      cache.close();
      await http.close();
      await fleet.close();
    },
  };
}

interface Layers {
  readonly cache: Cache;
  readonly state: () => EsimUsageState;
}

/** The path of one read, top to bottom. Three layers have two places in it: the token's, the breaker's and the fleet's are in front of the line, too. */
function createLayers(
  settings: Omit<Settings, 'authorize'>,
  http: Http,
  fleet: Fleet,
  tracing: Tracing,
): Layers {
  const { maxWaiting, clock, sandbox } = settings;
  const company = createGate({
    requests: settings.companyRequests,
    windowMs: settings.companyWindowMs,
    maxWaiting,
    isHeldBack: () => token.isAwaited(),
    slots: fleet.slots,
    clock,
  });
  // A token that cannot be asked for at once is not worth waiting for: the window is longer than any deadline.
  const tokens = createGate({
    requests: settings.tokenRequests,
    windowMs: settings.tokenWindowMs,
    maxWaiting: 0,
    clock,
  });
  const token = createToken({
    ...settings,
    http,
    // The strictest reading of the contract: a token request counts against the company's limit too.
    obtain(fetch, unwanted) {
      const traced = tracing.tokenCall(fetch);
      return fleet.shareToken(() => tokens.run(() => company.run(traced, { place: 'urgent' })), unwanted);
    },
    onSettled: company.resume,
  });
  const createIccidGate = () =>
    createGate({ requests: settings.iccidRequests, windowMs: settings.iccidWindowMs, maxWaiting, clock });
  const breaker = createBreaker(settings);
  const client = createClient({ ...settings, http, token, environment: sandbox ? 'SANDBOX' : 'PRODUCTION' });

  const cache = createCache({
    ...settings,
    maxEntries: settings.cacheMaxEntries,
    maxObjects: mostObjects,
    maxHot: mostFresh(settings),
    source: tracing.aroundFetch(
      fleet.share(
        createRetry({
          ...settings,
          source: createReplay({
            token,
            source: breaker.before(
              tracing.aroundWait(
                createScheduler({
                  ...settings,
                  company,
                  createIccidGate,
                  source: breaker.around(fleet.inTurn(tracing.aroundCall(client))),
                }),
              ),
            ),
          }),
        }),
        (old) => cache.learn(old),
      ),
    ),
  });

  const state = (): EsimUsageState => ({
    company: {
      requests: settings.companyRequests,
      windowMs: settings.companyWindowMs,
      held: company.held(),
      waiting: company.waiting(),
      pausedForMs: company.pausedForMs(),
    },
    breaker: breaker.state(),
    fleet: fleet.state(),
    token: token.age(),
    cache: {
      entries: cache.size(),
      maxEntries: settings.cacheMaxEntries,
      freshMs: settings.upstreamCacheMs,
      mostFresh: mostFresh(settings),
    },
  });
  return { cache, state };
}

/** With a text of each, about 4 MB. */
const mostObjects = 8_192;

/** The most eSIMs that the company's limit can keep fresh. */
function mostFresh({
  companyRequests,
  companyWindowMs,
  upstreamCacheMs,
}: Pick<Settings, keyof Figures>): number {
  return Math.floor((companyRequests * upstreamCacheMs) / companyWindowMs);
}
