import { createServer, type RequestListener } from 'node:http';
import fastify from 'fastify';
import type { Authentication, Viewer } from '../auth/viewer.js';
import type { FastLane } from '../fast-lane/lane.js';
import type { Health } from '../health.js';
import type { EsimUsageModule } from '../module.js';
import type { Page } from '../pages/page.js';
import type { TrustedDocuments } from '../trusted-documents.js';
import { createApollo } from './apollo.js';
import { createFastHandler } from './fast-handler.js';
import { addGraphqlRoute, graphqlPath } from './graphql-route.js';
import { addHealthRoutes } from './health-routes.js';
import { addErrorReplies, maxBodyBytes, refuseConnection, sendError } from './http-errors.js';
import { learnMediaTypes, type MediaTypes } from './learn-operations.js';
import type { ReportEnd } from './operations.js';
import { addPageRoutes } from './page-routes.js';
import { addReplyHeaders, requestIdOf } from './reply-headers.js';
import { addRequestChecks } from './request-checks.js';
import { dropSlowReaders } from './slow-readers.js';

export interface ServerOptions {
  readonly module: Pick<EsimUsageModule<Viewer>, 'schema' | 'createContext'>;
  /** Who may ask. */
  readonly authentication: Authentication;
  /** What answers again what was answered before. Null where graphql-js answers everything. */
  readonly fastLane: FastLane<Viewer> | null;
  /** The documents that may be run. Null for all. */
  readonly trusted: TrustedDocuments | null;
  readonly health: Pick<Health, 'readiness'>;
  /** Told how each operation ended. */
  readonly report: ReportEnd;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Whether clients may ask for the schema, and are helped with its names. */
  readonly introspection: boolean;
  /** What is served to browsers. */
  readonly pages: readonly Page[];
}

/** A listening server. */
export interface Server {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** Ends each connection with its next answer, so that clients go elsewhere. Nothing is refused yet. */
  windDown(): void;
  /** Stops listening, answers what is under way, and resolves when all is done. */
  close(): Promise<void>;
}

/**
 * Most connections that wait to be accepted, as far as the system allows: Node's 511 would let the clients of a crowd of 1,000 wait for
 * a second until TCP tries again, and reset some.
 */
const backlog = 4_096;
/** The longest that a client may take to send a request, and then to take its answer. */
const requestTimeoutMs = 5_000;

const timeouts = {
  requestTimeout: requestTimeoutMs,
  keepAliveTimeout: 5_000,
  headersTimeout: requestTimeoutMs,
  // Otherwise Node looks for slow requests only every 30 seconds.
  connectionsCheckingInterval: 250,
  // Node would refuse it without a word; our own checks do with one.
  requireHostHeader: false,
};

/** Serves a module over HTTP: `/graphql`, `/health/live`, `/health/ready` and the pages. Rejects when the address cannot be listened on. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { module, fastLane, authentication, report } = options;
  let isWindingDown = false;
  let mediaTypes: MediaTypes | undefined;

  const fastHandler = (lane: FastLane<Viewer>, slow: RequestListener): RequestListener =>
    createFastHandler(
      {
        lane,
        authentication,
        mediaTypeFor: (accept) => mediaTypes?.get(accept),
        answerTimeoutMs: requestTimeoutMs,
        report,
        isClosed: () => isWindingDown,
      },
      slow,
    );

  const app = fastify({
    bodyLimit: maxBodyBytes,
    serverFactory: (slow) => createServer(timeouts, fastLane === null ? slow : fastHandler(fastLane, slow)),
    exposeHeadRoutes: false,
    // What comes on a connection that is still there is answered as ever: routers would ask again after a 503.
    return503OnClosing: false,
    // A path that cannot be decoded never gets as far as a handler.
    frameworkErrors: (_error, _request, reply) => sendError(reply, 400),
    clientErrorHandler: refuseConnection,
    genReqId: requestIdOf,
  });
  // Only JSON is GraphQL: a form or a plain text could come from any web page without asking.
  app.removeContentTypeParser('text/plain');

  app.addHook('onSend', async (_request, reply) => {
    if (isWindingDown) reply.header('connection', 'close');
  });
  addReplyHeaders(app);
  dropSlowReaders(app, requestTimeoutMs);
  const apollo = createApollo({ ...options, schema: module.schema }, app);
  await apollo.start();
  // First, so that what the checks refuse is reported, too.
  addGraphqlRoute(app, options, apollo);
  mediaTypes = learnMediaTypes(app, graphqlPath);
  addRequestChecks(app);
  addHealthRoutes(app, options.health);
  for (const page of options.pages) addPageRoutes(app, page);
  addErrorReplies(app);
  const origin = await app.listen({ host: options.host, port: options.port, backlog });
  return {
    url: `${origin}/graphql`,
    windDown() {
      isWindingDown = true;
    },
    close: () => apollo.stop(),
  };
}
