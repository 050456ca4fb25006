import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLScalarType, type GraphQLSchema } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import { DateTime } from '../resolvers/DateTime.js';
import { createEsim } from '../resolvers/Esim.js';
import { EsimUsage } from '../resolvers/EsimUsage.js';
import { EsimUsageFreshness } from '../resolvers/EsimUsageFreshness.js';
import { EsimUsageProblem } from '../resolvers/EsimUsageProblem.js';
import { ICCID } from '../resolvers/ICCID.js';
import { Query } from '../resolvers/Query.js';
import { nameOf } from './names.js';
import { type SchemaOptions, schemaSettingsOf } from './options.js';
import { createSubgraphResolvers, subgraphTypeDefs } from './subgraph.js';
import { createTypeDefs } from './type-defs.js';

/** A schema, and what it is made of. */
export interface EsimUsageSchema {
  /** The SDL: to be merged with other types or, of a subgraph, to be published. */
  readonly typeDefs: string;
  /** Resolvers for exactly the fields that the domain does not answer by itself. */
  readonly resolvers: EsimUsageResolvers;
  /** Both as an executable schema of their own; of a subgraph, with what a gateway asks it. */
  readonly schema: GraphQLSchema;
}

/** Resolvers by the names that their types have in this schema, as every library takes them that makes a schema. */
export type EsimUsageResolvers = Record<string, GraphQLScalarType | Record<string, AnyResolver>>;

/** A method's type, because the parameters of methods may be narrower: what a field's parent is, only its own resolver knows. */
type AnyResolver = { resolve(...parameters: unknown[]): unknown }['resolve'];

/** Makes the schema that the options describe. Throws a `TypeError` when one of them cannot be. */
export function createSchema(options?: SchemaOptions): EsimUsageSchema {
  const settings = schemaSettingsOf(options);
  const { federation, rootFields } = settings;
  const typeDefs = createTypeDefs(settings);
  const Esim = createEsim(settings.entityKey);
  const byName: EsimUsageResolvers = {
    DateTime,
    Esim,
    EsimUsage,
    EsimUsageFreshness,
    EsimUsageProblem,
    ...(rootFields ? { ICCID, Query } : {}),
  };
  const resolvers = Object.fromEntries(
    Object.entries(byName).map(([type, of]) => {
      const name = nameOf(type, settings);
      return [name, of instanceof GraphQLScalarType ? describedBySdl(of, name) : of];
    }),
  );
  const schema = makeExecutableSchema<EsimUsageContext>({
    typeDefs: federation ? [typeDefs, subgraphTypeDefs(settings)] : typeDefs,
    resolvers: federation ? [resolvers, createSubgraphResolvers(typeDefs, settings, Esim)] : resolvers,
    // The directives of federation are defined by whoever composes.
    assumeValidSDL: federation,
  });
  return { typeDefs, resolvers, schema };
}

/** graphql-tools copies every property that a scalar has, so that a name of its own or a description it lacks would hide the SDL's. */
function describedBySdl(scalar: GraphQLScalarType, name: string): GraphQLScalarType {
  const { description: _none, ...config } = scalar.toConfig();
  const described = new GraphQLScalarType({ ...config, name });
  Reflect.deleteProperty(described, 'description');
  return described;
}
