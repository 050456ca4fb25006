import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import type { FastLane } from '../fast-lane/lane.js';
import { createDocumentStore } from './document-store.js';
import { answerLegacyClients, formatError } from './graphql-errors.js';
import { learnOperations } from './learn-operations.js';
import { type GraphqlContext, noteOperation } from './operations.js';
import { runTrustedDocument } from './trusted-operations.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  /** Whether clients may ask for the schema, and are helped with its names. */
  readonly introspection: boolean;
  /** Shown each operation that is answered. Null where there is none. */
  readonly fastLane: FastLane<Viewer> | null;
}

/** The most fields that an operation may select, with its fragments spread out. All of the schema's are 40. */
const mostSelections = 400;

/** Makes the GraphQL server, with every limit and every switch said: none of its defaults depends on where it runs. */
export function createApollo(
  { schema, introspection, fastLane }: ApolloOptions,
  app: FastifyInstance,
): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema,
    formatError,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    documentStore: createDocumentStore(),
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    csrfPrevention: true,
    parseOptions: { maxTokens: 2_000 },
    // With every fragment spread out: a short document of fragments within fragments could otherwise ask for millions of fields.
    maxRecursiveSelections: mostSelections,
    validationOptions: { maxErrors: 4 },
    executionOptions: { maxCoercionErrors: 4 },
    // Explicit, so that NODE_ENV decides nothing.
    nodeEnv: 'production',
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // With the right variables in the environment it would send each operation to somebody else.
      ApolloServerPluginUsageReportingDisabled(),
      // A subgraph would time each field for whoever sends the right header.
      ApolloServerPluginInlineTraceDisabled(),
      fastifyApolloDrainPlugin(app),
      refuseUnknownOperations,
      answerLegacyClients,
      noteOperation,
      runTrustedDocument,
      ...(fastLane ? [learnOperations(fastLane)] : []),
    ],
  });
}

/** graphql-js finds out only when it executes, and then without a code, as if it were our own bug. */
const refuseUnknownOperations: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ schema, operation }) {
        if (operation === undefined || schema.getRootType(operation.operation)) return;
        throw new GraphQLError(`This schema has no ${operation.operation}.`, {
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
        });
      },
    };
  },
};
