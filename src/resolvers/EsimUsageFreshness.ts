import type { EsimUsageFreshnessResolvers } from '../generated/resolver-types.js';

/** Moments become dates only here, so that a clock that is set cannot make a reading older or newer than it is. */
export const EsimUsageFreshness = {
  fetchedAt: ({ fetchedAtMs }, _args, { esimUsage }) => esimUsage.toDate(fetchedAtMs),
  asOfNotBefore: ({ asOfNotBeforeMs }, _args, { esimUsage }) => esimUsage.toDate(asOfNotBeforeMs),
  freshUntil: ({ freshUntilMs }, _args, { esimUsage }) => esimUsage.toDate(freshUntilMs),
} satisfies EsimUsageFreshnessResolvers;
