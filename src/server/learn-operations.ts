import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import type { Viewer } from '../auth/viewer.js';
import type { FastLane } from '../fast-lane/lane.js';
import type { GraphqlContext } from './operations.js';

/** Shows the fast lane each operation that Apollo Server has answered without a fault. */
export function learnOperations(lane: FastLane<Viewer>): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ request, document, operation, contextValue, response: { body, http } }) {
          if (body.kind !== 'single' || body.singleResult.errors !== undefined || http.status !== undefined)
            return;
          if (!document || !operation) return;
          const { query = '', operationName = null, variables = {} } = request;
          const text = (): string => `${JSON.stringify(body.singleResult)}\n`;
          lane.learn(
            { question: { query, operationName, variables }, document, operation, text },
            contextValue.viewer,
          );
        },
      };
    },
  };
}

/** What is told to clients by what they accept. */
export interface MediaTypes {
  /** Undefined where nobody who accepts that has been answered yet. */
  get(accept: string | undefined): string | undefined;
}

/** The most that are known at a time, and the longest `Accept` among them. */
const most = { known: 100, characters: 200 };

/** Looks at which media types are answered, which Apollo Server decides. */
export function learnMediaTypes(app: FastifyInstance, path: string): MediaTypes {
  const known = new Map<string | undefined, string>();
  app.addHook('onSend', async ({ method, routeOptions, headers: { accept } }, reply) => {
    const mediaType = reply.getHeader('content-type');
    const isAnswer = method === 'POST' && routeOptions.url === path && reply.statusCode === 200;
    if (!isAnswer || typeof mediaType !== 'string' || known.size >= most.known) return;
    if (accept === undefined || accept.length <= most.characters) known.set(accept, mediaType);
  });
  return { get: (accept) => known.get(accept) };
}
