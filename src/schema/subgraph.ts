import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import { Any } from '../resolvers/Any.js';
import type { createEsim, NamedEsim } from '../resolvers/Esim.js';
import type { SchemaSettings } from './options.js';

/** What a gateway needs of a subgraph beside its own types (Apollo Federation subgraph specification). None of it is in the SDL served. */
export function subgraphTypeDefs({ entity, rootFields }: SchemaSettings): string {
  return `
    scalar _Any
    union _Entity @cacheControl(inheritMaxAge: true) = ${entity}
    type _Service { sdl: String! }
    ${rootFields ? 'extend ' : ''}type Query {
      _service: _Service!
      _entities(representations: [_Any!]!): [_Entity]!
    }
  `;
}

/**
 * Their resolvers. The SDL is served exactly as it is. A representation of what is no entity here is an error in its own place, and
 * takes none of the others with it.
 */
export function createSubgraphResolvers(
  sdl: string,
  { entity }: SchemaSettings,
  { __resolveReference }: ReturnType<typeof createEsim>,
) {
  const entities = (
    _root: unknown,
    { representations }: { readonly representations: readonly unknown[] },
    context: EsimUsageContext,
    info: GraphQLResolveInfo,
  ) => {
    context.esimUsage.references.announce(representations.length);
    return representations.map((representation) =>
      isRepresentation(representation) && representation.__typename === entity
        ? __resolveReference(representation, context, info)
        : refuseRepresentation(),
    );
  };
  return {
    Query: { _service: () => ({ sdl }), _entities: entities },
    _Any: Any,
    _Entity: { __resolveType: () => entity },
  };
}

function isRepresentation(value: unknown): value is NamedEsim {
  return typeof value === 'object' && value !== null;
}

/** graphql-js takes it as the item's own error. */
function refuseRepresentation(): GraphQLError {
  return new GraphQLError('This subgraph has no such entity.', { extensions: { code: 'BAD_USER_INPUT' } });
}
