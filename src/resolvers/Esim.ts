import { maybeCacheControlFromInfo } from '@apollo/cache-control-types';
import type { GraphQLResolveInfo } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import type { EsimKey } from '../usage.js';
import { refuseNumber } from './ICCID.js';
import { loadUsage } from './load-usage.js';

/** What a gateway names an entity by: any JSON, as far as anybody knows. */
export type Representation = Readonly<Record<string, unknown>>;

/** Makes the entity's resolvers, of which the one of its key has that field's name. Its usage is loaded by its own ICCID, whoever named it. */
export function createEsim(entityKey: string) {
  return {
    [entityKey]: ({ iccid }: EsimKey) => iccid ?? refuseNumber(),
    usage: (esim: EsimKey, _args: unknown, context: EsimUsageContext, info: GraphQLResolveInfo) =>
      loadUsage(esim, context, info),

    /** The reference resolver. Loads nothing by itself, and never rejects: each representation is answered for itself. */
    async __resolveReference(
      representation: Representation,
      { esimUsage }: EsimUsageContext,
      info: GraphQLResolveInfo,
    ): Promise<EsimKey> {
      // Without a hint of its own every batch of entities would be uncacheable; its readings shorten this one.
      maybeCacheControlFromInfo(info)?.setCacheHint(esimUsage.entityHint);
      const iccid = Object.hasOwn(representation, entityKey) ? representation[entityKey] : null;
      return { iccid: typeof iccid === 'string' ? iccid : null, isReference: true };
    },
  };
}
