import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { EsimUsageContext } from './context.js';
import { answerLegacyClients, formatError } from './graphql-errors.js';
import type { Health } from './health.js';
import { addErrorReplies, maxBodyBytes, notAllowed, refuseConnection, sendError } from './http-errors.js';
import type { EsimUsageModule } from './module.js';
import { hasAlready, headersOf, type Page } from './pages/page.js';

export interface ServerOptions {
  readonly module: Pick<EsimUsageModule, 'schema' | 'createContext'>;
  readonly health: Pick<Health, 'fault'>;
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
  /** Stops listening, answers what is under way, and resolves when all is done. */
  close(): Promise<void>;
}

/** The most fields that an operation may select, with its fragments spread out. All of the schema's are 40. */
const mostSelections = 400;
/**
 * Most connections that wait to be accepted, as far as the system allows: Node's 511 would let the clients of a crowd of 1,000 wait for
 * a second until TCP tries again, and reset some.
 */
const backlog = 4_096;
/** The longest that a client may take to send a request. */
const requestTimeoutMs = 5_000;

/** Serves a module over HTTP: `/graphql`, `/health/live`, `/health/ready` and the pages. Rejects when the address cannot be listened on. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const app = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 5_000,
    // Otherwise Node looks for slow requests only every 30 seconds.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: 250 },
    exposeHeadRoutes: false,
    // A path that cannot be decoded never gets as far as a handler.
    frameworkErrors: (_error, _request, reply) => sendError(reply, 400),
    clientErrorHandler: refuseConnection,
  });
  // Only JSON is GraphQL: a form or a plain text could come from any web page without asking.
  app.removeContentTypeParser('text/plain');

  addRequestChecks(app);
  const apollo = createApollo(options, app);
  await apollo.start();
  addGraphqlRoutes(app, options, apollo);
  addHealthRoutes(app, options.health);
  for (const page of options.pages) addPageRoutes(app, page);
  addErrorReplies(app);
  const origin = await app.listen({ host: options.host, port: options.port, backlog });
  return { url: `${origin}/graphql`, close: () => apollo.stop() };
}

function createApollo(
  { module, introspection }: ServerOptions,
  app: FastifyInstance,
): ApolloServer<EsimUsageContext> {
  return new ApolloServer<EsimUsageContext>({
    schema: module.schema,
    formatError,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
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

/** Refuses what Node lets pass and two readers could understand in two ways. */
function addRequestChecks(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const hosts = request.raw.rawHeaders.filter((text, at) => at % 2 === 0 && /^host$/i.test(text));
    if (hosts.length > 1) return sendError(reply, 400);
    if (isEncoded(request)) return sendError(reply, 415);
  });
}

/** Whether the body is compressed, or text in another character set than JSON's own. */
function isEncoded({ headers }: FastifyRequest): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '') ?? [];
  return (headers['content-encoding'] ?? 'identity') !== 'identity' || charset.toLowerCase() !== 'utf-8';
}

function addGraphqlRoutes(
  app: FastifyInstance,
  { module }: ServerOptions,
  apollo: ApolloServer<EsimUsageContext>,
): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: fastifyApolloHandler(apollo, {
      context: async (_request, reply) => module.createContext({ signal: clientGone(reply) }),
    }),
  });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'],
    url: '/graphql',
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

function addHealthRoutes(app: FastifyInstance, health: ServerOptions['health']): void {
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const fault = health.fault();
    return fault === null ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', fault });
  });
}

/** Answers GET at exactly the page's path. */
function addPageRoutes(app: FastifyInstance, page: Page): void {
  const headers = headersOf(page);
  app.get(page.path, (request, reply) => {
    reply.headers(headers);
    return hasAlready(request.headers['if-none-match'], headers.etag)
      ? reply.code(304).send()
      : reply.send(page.body);
  });
  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'],
    url: page.path,
    ...notAllowed('GET', 'Pages are read by GET.'),
  });
}
