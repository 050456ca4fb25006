import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { createDocumentStore } from '../src/server/document-store.js';

it('C9 of the documents that clients think of, the newest 256 KB are kept, parsed', async () => {
  const store = createDocumentStore();
  const keys = Array.from({ length: 100 }, (_, at) => `${at}`);
  for (const key of keys) await store.set(key, parse(`{ ${'field '.repeat(2_000)}}`));
  const kept = await Promise.all(keys.map((key) => store.get(key)));
  expect(kept.map((document) => document !== undefined)).toEqual(keys.map((key) => Number(key) >= 100 - 21));
});

it('a document that is kept is the same again, until it is deleted', async () => {
  const store = createDocumentStore();
  const document = parse('{ field }');
  await store.set('key', document);
  expect(await store.get('key')).toBe(document);
  await store.delete('key');
  expect(await store.get('key')).toBeUndefined();
});
