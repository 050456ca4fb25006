import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TrustedDocuments } from '../trusted-documents.js';
import { sendRefusal } from './http-errors.js';
import { type GraphqlContext, noteOf } from './operations.js';

const extensions = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** By what names clients send a document's id: Apollo's, that of GraphQL over HTTP, and Relay's. */
const question = z.object({
  query: z.string().optional().catch(undefined),
  extensions: z
    .union([extensions, z.string().transform(inJson).pipe(extensions)])
    .optional()
    .catch(undefined),
  documentId: z.string().optional().catch(undefined),
  doc_id: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
});

const documents = new WeakMap<FastifyRequest, string>();

/** The listed document that a request is for. Null where every document may be run, or the request names none. */
export function documentOf(request: FastifyRequest): string | null {
  return documents.get(request) ?? null;
}

/** Refuses every document that is not on the list, before anything of it is looked at. */
export function createTrustCheck(trusted: TrustedDocuments) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { data } = question.safeParse(request.method === 'GET' ? request.query : request.body);
    const text = data?.query;
    const id = data?.extensions?.persistedQuery.sha256Hash ?? data?.documentId ?? data?.doc_id ?? data?.id;
    // Apollo Server says what is wrong with a request that asks for nothing.
    if (!text && id === undefined) return undefined;
    const document = text ? trusted.byText(text) : trusted.byId(id ?? '');
    if (document !== null) {
      documents.set(request, document);
      return undefined;
    }
    const code = text ? 'QUERY_NOT_IN_SAFELIST' : 'PERSISTED_QUERY_NOT_IN_LIST';
    noteOf(request).code = code;
    return sendRefusal(reply, 'This operation is not on the list of those that are answered here.', code);
  };
}

/** Runs the listed document in place of what came, be it its id or the same in other words. */
export const runTrustedDocument: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart({ request, contextValue: { document } }) {
    if (document === null) return;
    request.query = document;
    const { persistedQuery, ...others } = request.extensions ?? {};
    request.extensions = others;
  },
};

function inJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
