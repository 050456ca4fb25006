import { maybeCacheControlFromInfo } from '@apollo/cache-control-types';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import type { EsimKey } from '../usage.js';
import { loadUsage } from './load-usage.js';

/** An eSIM as it is named to us: by a gateway in a representation, by a host's own resolvers, or by ourselves as an `EsimKey`. */
export type NamedEsim = Readonly<Record<string, unknown>>;

/**
 * Makes the entity's resolvers, of which the one of its key has that field's name. Its usage is loaded by its own ICCID, whoever
 * named it.
 */
export function createEsim(entityKey: string) {
  const textIn = (esim: NamedEsim, name: string): string | null => {
    const value = esim[name];
    return typeof value === 'string' ? value : null;
  };
  const keyOf = (esim: NamedEsim): EsimKey => ({
    iccid: textIn(esim, 'iccid') ?? textIn(esim, entityKey),
    isReference: esim.isReference === true,
  });

  return {
    [entityKey]: (esim: NamedEsim) => keyOf(esim).iccid ?? refuseKey(),
    usage: (esim: NamedEsim, _args: unknown, context: EsimUsageContext, info: GraphQLResolveInfo) =>
      loadUsage(keyOf(esim), context, info),

    /** The reference resolver. Loads nothing by itself, and never rejects: each representation is answered for itself. */
    async __resolveReference(
      representation: NamedEsim,
      { esimUsage }: EsimUsageContext,
      info: GraphQLResolveInfo,
    ): Promise<EsimKey> {
      // Without a hint every batch of entities would be uncacheable. Others' hints stay, and what is read of it shortens this one.
      maybeCacheControlFromInfo(info)?.cacheHint.restrict(esimUsage.entityHint);
      return { iccid: textIn(representation, entityKey), isReference: true };
    },
  };
}

/** The value is not repeated: it may be a customer's ICCID. */
function refuseKey(): never {
  throw new GraphQLError('An eSIM is named by its ICCID, which is a string.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
