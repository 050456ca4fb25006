import type { SchemaSettings } from './options.js';

/** Names that are not ours to change: GraphQL's own, and what Apollo Server knows by name. */
const fixedNames = ['Query', 'CacheControlScope', 'ID', 'String', 'Int', 'Float', 'Boolean'];

/** Our own types but for the entity. */
const ownNames = [
  'DateTime',
  'EsimUsage',
  'EsimUsageEnvironment',
  'EsimUsageFreshness',
  'EsimUsageProblem',
  'EsimUsageProblemCode',
  'EsimUsageQuota',
  'EsimUsageResult',
  'EsimUsageStaleReason',
  'EsimUsageUnit',
  'ICCID',
  'UsageStatus',
];

/** What a type of `schema/` is called in a schema that is fitted to what is there. */
export function nameOf(
  name: string,
  { entity, typePrefix }: Pick<SchemaSettings, 'entity' | 'typePrefix'>,
): string {
  if (name === 'Esim') return entity;
  return fixedNames.includes(name) ? name : `${typePrefix}${name}`;
}

/** The names that an entity cannot have, because other types of the schema do. */
export function takenNames(typePrefix: string): readonly string[] {
  return [...fixedNames, 'Mutation', 'Subscription', ...ownNames.map((name) => `${typePrefix}${name}`)];
}
