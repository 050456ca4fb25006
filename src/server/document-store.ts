import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

/** The most text of documents that are kept: some hundred operations of frontends. Parsed, each byte of it takes about thirty. */
const mostCharacters = 256 * 1024;

/**
 * Keeps documents that were found valid, so that the same one is not parsed and validated again. Apollo Server's own would keep more than
 * 100 MB of whatever documents clients think of.
 */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: mostCharacters,
    sizeCalculation: ({ loc }) => (loc?.end ?? 0) + 1,
  });

  return {
    get: async (key) => documents.get(key),
    async set(key, document) {
      documents.set(key, document);
    },
    delete: async (key) => documents.delete(key),
  };
}
