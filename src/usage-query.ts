import { nameOf } from './schema/names.js';
import type { SchemaSettings } from './schema/options.js';

/** An operation that a schema answers, by the names that it has there. */
export interface UsageQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** How much of a reading is asked for: what fills a screen, or a row among others. */
type UsageDetail = keyof typeof fieldsOf;

const quota = '{ unit total remaining used }';
const fieldsOf = {
  screen: [
    'status',
    'isUnlimited',
    `data ${quota}`,
    `voice ${quota}`,
    `text ${quota}`,
    'expiresAt',
    ...block('freshness', ['fetchedAt', 'asOfNotBefore', 'freshUntil', 'staleReason']),
  ],
  row: [
    'iccid',
    'status',
    'isUnlimited',
    `data ${quota}`,
    'expiresAt',
    'freshness { fetchedAt staleReason }',
  ],
};

/** Asks how much is left on one eSIM. `name` is the operation's. */
export function queryOne(name: string, iccid: string, schema: SchemaSettings): UsageQuery {
  if (!schema.rootFields) return queryEntities(name, [iccid], 'screen', schema);
  const operation = `query ${name}($iccid: ${nameOf('ICCID', schema)}!)`;
  const lines = block(operation, block('esimUsage(iccid: $iccid)', usageLines('screen', schema)));
  return { query: lines.join('\n'), variables: { iccid } };
}

/** Asks how much is left on several eSIMs. `name` is the operation's. */
export function querySeveral(name: string, iccids: readonly string[], schema: SchemaSettings): UsageQuery {
  if (!schema.rootFields) return queryEntities(name, iccids, 'row', schema);
  const operation = `query ${name}($iccids: [${nameOf('ICCID', schema)}!]!)`;
  const lines = block(operation, block('esimUsages(iccids: $iccids)', usageLines('row', schema)));
  return { query: lines.join('\n'), variables: { iccids } };
}

/** Asks as a supergraph's gateway does: there is no other way where a subgraph has no fields at its root. */
function queryEntities(
  name: string,
  iccids: readonly string[],
  detail: UsageDetail,
  schema: SchemaSettings,
): UsageQuery {
  const usage = block(`... on ${schema.entity}`, block('usage', usageLines(detail, schema)));
  const lines = block(
    `query ${name}($representations: [_Any!]!)`,
    block('_entities(representations: $representations)', usage),
  );
  const representations = iccids.map((iccid) => ({ __typename: schema.entity, [schema.entityKey]: iccid }));
  return { query: lines.join('\n'), variables: { representations } };
}

function usageLines(detail: UsageDetail, schema: SchemaSettings): string[] {
  return [
    '__typename',
    ...block(`... on ${nameOf('EsimUsage', schema)}`, fieldsOf[detail]),
    ...block(`... on ${nameOf('EsimUsageProblem', schema)}`, ['code', 'message', 'retryAfterSeconds']),
  ];
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), '}'];
}
