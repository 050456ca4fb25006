import type { EsimResolvers } from '../generated/resolver-types.js';

/** The entity. Its usage is loaded by its own ICCID, whoever named it. */
export const Esim: EsimResolvers = {
  usage: ({ iccid }, _args, { esimUsage }) => esimUsage.load(iccid),
};
