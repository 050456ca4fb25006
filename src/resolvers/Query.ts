import type { QueryResolvers } from '../generated/resolver-types.js';

/** The root fields. Every reading goes through the operation's loader. */
export const Query: QueryResolvers = {
  esimUsage: (_root, { iccid }, { esimUsage }) => esimUsage.load(iccid),
  esimUsages: (_root, { iccids }, { esimUsage }) => Promise.all(iccids.map(esimUsage.load)),
};
