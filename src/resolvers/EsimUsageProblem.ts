import type { EsimUsageProblemResolvers } from '../generated/resolver-types.js';

/** Tells a problem from a reading by what it is: the type may have another name in somebody's schema. */
export const EsimUsageProblem = {
  __isTypeOf: ({ kind }) => kind === 'problem',
  requestedIccid: ({ iccid }) => iccid,
} satisfies EsimUsageProblemResolvers;
