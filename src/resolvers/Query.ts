import type { QueryResolvers } from '../generated/resolver-types.js';
import { loadUsage } from './load-usage.js';

/** The root fields. Every reading goes through the operation's loader. */
export const Query = {
  esimUsage: (_root, { iccid }, context, info) => loadUsage({ iccid }, context, info),
  esimUsages(_root, { iccids }, context, info) {
    context.esimUsage.announce(iccids.length);
    return Promise.all(iccids.map((iccid) => loadUsage({ iccid }, context, info)));
  },
} satisfies QueryResolvers;
