import type { EsimUsageResolvers } from '../generated/resolver-types.js';

/** Of a reading only the ways on are computed: everything else is the domain's field of the same name. */
export const EsimUsage: EsimUsageResolvers = {
  esim: ({ iccid }) => ({ iccid }),
  freshness: (reading) => reading,
};
