import { type GraphQLSchema, parse, stripIgnoredCharacters, validate } from 'graphql';
import { z } from 'zod';

/** The operations that clients may run: their texts by their ids. */
export type Manifest = ReadonlyMap<string, string>;

/** As Apollo's tools write it. */
const apollos = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string() })),
});
/** As Relay and GraphQL Code Generator do. */
const relays = z.record(z.string().min(1), z.string());

/** Reads a manifest of either form. Throws when it is neither, or has no operation. */
export function readManifest(text: string): Manifest {
  const json: unknown = JSON.parse(text);
  const { data } = apollos.safeParse(json);
  const manifest = new Map(
    data === undefined
      ? Object.entries(relays.parse(json))
      : data.operations.map(({ id, body }) => [id, body]),
  );
  if (manifest.size === 0) throw new TypeError('expected at least one operation');
  return manifest;
}

/** What is wrong with the documents of a manifest for this schema: a line for the first fault of each. */
export function manifestFaults(manifest: Manifest, schema: GraphQLSchema): string[] {
  return [...manifest].flatMap(([id, text]) => {
    const fault = documentFault(text, schema);
    return fault === null ? [] : [`${id}: ${fault}`];
  });
}

function documentFault(text: string, schema: GraphQLSchema): string | null {
  try {
    return validate(schema, parse(text))[0]?.message ?? null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The one way to the documents that may be run. */
export interface TrustedDocuments {
  /** The document of that id. Null when there is none. */
  byId(id: string): string | null;
  /** The document that says the same, whatever stands between its tokens. Null when there is none. */
  byText(text: string): string | null;
}

/** Makes it. */
export function createTrustedDocuments(manifest: Manifest): TrustedDocuments {
  const texts = new Map([...manifest.values()].map((text) => [stripIgnoredCharacters(text), text]));

  return {
    byId: (id) => manifest.get(id) ?? null,
    byText(text) {
      try {
        return texts.get(stripIgnoredCharacters(text)) ?? null;
      } catch {
        // Not even tokens.
        return null;
      }
    },
  };
}
