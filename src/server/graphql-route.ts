import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Authentication, Viewer } from '../auth/viewer.js';
import type { EsimUsageModule } from '../module.js';
import { beginOperation } from '../tracing/operation-span.js';
import type { TrustedDocuments } from '../trusted-documents.js';
import { createAdmission, viewerOf } from './admission.js';
import { notAllowed } from './http-errors.js';
import { type GraphqlContext, noteOf, type ReportEnd, reportEnd } from './operations.js';
import { createTrustCheck, documentOf } from './trusted-operations.js';

export interface GraphqlRouteOptions {
  readonly module: Pick<EsimUsageModule<Viewer>, 'createContext'>;
  readonly authentication: Authentication;
  /** The documents that may be run. Null for all. */
  readonly trusted: TrustedDocuments | null;
  readonly report: ReportEnd;
}

/** Where GraphQL is answered. */
export const graphqlPath = '/graphql';

/** Answers GraphQL at `/graphql`, and reports how each operation ended. */
export function addGraphqlRoute(
  app: FastifyInstance,
  { module, authentication, trusted, report }: GraphqlRouteOptions,
  apollo: ApolloServer<GraphqlContext>,
): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === graphqlPath) reportEnd(request, reply, report);
  });
  const answer = fastifyApolloHandler(apollo, {
    context: async (request, reply) => {
      const viewer = viewerOf(request);
      const { esimUsage } = module.createContext({ request: viewer, signal: clientGone(reply) });
      return {
        esimUsage,
        viewer,
        note: noteOf(request),
        document: documentOf(request),
      };
    },
  });
  app.route({
    method: ['GET', 'POST'],
    url: graphqlPath,
    onRequest: createAdmission(authentication),
    ...(trusted && { preHandler: createTrustCheck(trusted) }),
    handler(request, reply) {
      const span = beginOperation(request.headers);
      noteOf(request).span = span;
      const run = () => answer.call(this, request, reply);
      return span === null ? run() : span.run(run);
    },
  });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'],
    url: graphqlPath,
    ...notAllowed('GET, POST', 'GraphQL is asked by GET or POST.'),
  });
}

/** Aborts when the connection closes before the answer was written. */
function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
