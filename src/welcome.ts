import { nameOf } from './schema/names.js';
import { type SchemaOptions, type SchemaSettings, schemaSettingsOf } from './schema/options.js';

/** What `npm start` prints: that it is a simulation, where it is, and what to try. `iccids` are by what each shows. */
export function welcome(
  url: string,
  iccids: Readonly<Record<string, string>>,
  schema: SchemaOptions = {},
): string {
  const query = queryFor(Object.values(iccids).slice(0, 2), schemaSettingsOf(schema));
  return [
    'This is a simulation: every reading comes from an embedded simulator, none from a real eSIM.',
    '',
    `GraphQL  ${url}`,
    '',
    'ICCIDs to try',
    ...Object.entries(iccids).map(([name, iccid]) => `  ${iccid.padEnd(22)} ${inWords(name)}`),
    '',
    'A query to paste',
    `  curl ${url} -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
    '',
    '',
  ].join('\n');
}

/** A query that this schema answers, by the names that it has there. */
function queryFor(iccids: readonly string[], settings: SchemaSettings): string {
  const { rootFields, entity, entityKey } = settings;
  const usage =
    `{ __typename ... on ${nameOf('EsimUsage', settings)} { status isUnlimited data { unit total remaining used } expiresAt freshness { fetchedAt staleReason } } ` +
    `... on ${nameOf('EsimUsageProblem', settings)} { code message retryAfterSeconds } }`;
  if (rootFields) return `{ esimUsages(iccids: ${JSON.stringify(iccids)}) ${usage} }`;
  const representations = iccids.map((iccid) => `{ __typename: "${entity}", ${entityKey}: "${iccid}" }`);
  return `{ _entities(representations: [${representations.join(', ')}]) { ... on ${entity} { usage ${usage} } } }`;
}

/** `dataVoiceTextPlan` as `data voice text plan`. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}
