import type { EsimResolvers } from '../generated/resolver-types.js';
import { loadUsage } from './load-usage.js';

/** The entity. Its usage is loaded by its own ICCID, whoever named it. */
export const Esim: EsimResolvers = {
  usage: ({ iccid }, _args, context, info) => loadUsage(iccid, context, info),
};
