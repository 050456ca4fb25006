import type { EsimUsageResolvers } from '../generated/resolver-types.js';
import { expiryOf } from '../usage.js';

/** Of a reading only the ways on are computed: everything else is the domain's field of the same name. */
export const EsimUsage = {
  // By what it is: the type may have another name in somebody's schema.
  __isTypeOf: ({ kind }) => kind === 'reading',
  esim: ({ iccid }) => ({ iccid }),
  expiresAt: expiryOf,
  freshness: (reading) => reading,
} satisfies EsimUsageResolvers;
