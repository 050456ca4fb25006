import { readdirSync, readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLScalarType, GraphQLSchema } from 'graphql';
import type { EsimUsageContext } from './context.js';
import type { Resolvers } from './generated/resolver-types.js';
import { DateTime } from './resolvers/DateTime.js';
import { Esim } from './resolvers/Esim.js';
import { EsimUsage } from './resolvers/EsimUsage.js';
import { EsimUsageFreshness } from './resolvers/EsimUsageFreshness.js';
import { EsimUsageResult } from './resolvers/EsimUsageResult.js';
import { ICCID } from './resolvers/ICCID.js';
import { Query } from './resolvers/Query.js';

/** Resolvers for exactly the fields that the domain does not answer by itself. */
export const resolvers: Resolvers<EsimUsageContext> = {
  DateTime: describedBySdl(DateTime),
  Esim,
  EsimUsage,
  EsimUsageFreshness,
  EsimUsageResult,
  ICCID: describedBySdl(ICCID),
  Query,
};

/** graphql-tools copies every property that a scalar has, so that a description it lacks would hide the SDL's. */
function describedBySdl(scalar: GraphQLScalarType): GraphQLScalarType {
  Reflect.deleteProperty(scalar, 'description');
  return scalar;
}

/** The SDL that the package ships, as one text. */
export function readTypeDefs(): string {
  const folder = new URL('../schema/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
}

/** The executable schema of an SDL with our resolvers. */
export function createSchema(typeDefs: string): GraphQLSchema {
  return makeExecutableSchema<EsimUsageContext>({ typeDefs, resolvers });
}
