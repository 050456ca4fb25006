import type { EsimUsageResultResolvers } from '../generated/resolver-types.js';

/** Tells a reading from a problem. */
export const EsimUsageResult: EsimUsageResultResolvers = {
  __resolveType: ({ kind }) => (kind === 'reading' ? 'EsimUsage' : 'EsimUsageProblem'),
};
