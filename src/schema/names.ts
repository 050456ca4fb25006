import type { SchemaSettings } from './options.js';

/** Names that are not ours to change: GraphQL's own, and what Apollo Server knows by name. */
const fixedNames = ['Query', 'CacheControlScope', 'ID', 'String', 'Int', 'Boolean'];

/** What a type of `schema/` is called in a schema that is fitted to what is there. */
export function nameOf(
  name: string,
  { entity, typePrefix }: Pick<SchemaSettings, 'entity' | 'typePrefix'>,
): string {
  if (name === 'Esim') return entity;
  return fixedNames.includes(name) ? name : `${typePrefix}${name}`;
}
