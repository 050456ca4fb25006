import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';

/** An operation as a client sends it. */
export interface SentOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

const { notFound, ...known } = scenarioIccids;
/** One of which there is a reading, mostly: with a single other one an operation is not for the lane. */
const anyText = fc.oneof(
  { weight: 80, arbitrary: fc.constantFrom(...Object.values(known), ...fleetIccids(6)) },
  { weight: 1, arbitrary: fc.constantFrom(notFound, '8944465400000267299', 'none', '1') },
);

const booleans = ['yes', 'no'] as const;
const directive = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('skip', 'include'), fc.constantFrom('$yes', '$no', 'true', 'false'))
      .map(([name, value]) => ` @${name}(if: ${value})`),
  },
);

/** A field under one of few names that mean the same wherever they stand. */
const field = (name: string, selection: fc.Arbitrary<string> = fc.constant('')): fc.Arbitrary<string> =>
  fc
    .tuple(fc.option(fc.constantFrom('a', 'b')), directive, selection)
    .map(([alias, when, inner]) => `${alias === null ? '' : `${alias}_${name}: `}${name}${when}${inner}`);

const braced = (fields: fc.Arbitrary<string>, least = 1): fc.Arbitrary<string> =>
  fc.array(fields, { minLength: least, maxLength: 5 }).map((all) => ` { ${all.join(' ')} }`);

const quota = braced(
  fc.oneof(...['unit', 'total', 'remaining', 'used', '__typename'].map((name) => field(name))),
);
const freshness = braced(
  fc.oneof(...['fetchedAt', 'asOfNotBefore', 'freshUntil', 'staleReason'].map((name) => field(name))),
);
const leaves = ['iccid', 'status', 'statusCode', 'isUnlimited', 'expiresAt', 'environment', '__typename'];

const readingField = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...leaves).chain((name) => field(name)) },
  { weight: 3, arbitrary: fc.constantFrom('data', 'voice', 'text').chain((name) => field(name, quota)) },
  { weight: 2, arbitrary: field('freshness', freshness) },
  { weight: 1, arbitrary: field('esim', braced(field('iccid'))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '...Reading',
      '...Reading',
      '...Reading',
      '...Reading',
      'esim { usage { __typename } }',
    ),
  },
);
const problemField = fc.oneof(
  ...['requestedIccid', 'code', 'message', 'retryAfterSeconds', '__typename'].map((name) => field(name)),
);

const result = braced(
  fc.oneof(
    { weight: 1, arbitrary: field('__typename') },
    {
      weight: 5,
      arbitrary: fc
        .tuple(directive, braced(readingField))
        .map(([when, inner]) => `... on EsimUsage${when}${inner}`),
    },
    {
      weight: 3,
      arbitrary: braced(problemField).map((inner) => `... on EsimUsageProblem${inner}`),
    },
    {
      weight: 1,
      arbitrary: braced(readingField).map((inner) => `... on EsimUsageResult { ... on EsimUsage${inner} }`),
    },
    { weight: 1, arbitrary: fc.constant('...Result') },
  ),
);
const entity = fc
  .tuple(
    fc.oneof(
      { weight: 15, arbitrary: result.map((inner) => `usage${inner}`) },
      { weight: 1, arbitrary: fc.constant('') },
    ),
    fc.array(fc.oneof(field('iccid'), field('__typename'), field('usage', result)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([usage, others]) => ` { ... on Esim { ${usage} ${others.join(' ')} } }`);

interface RootField {
  readonly text: string;
  readonly variables: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
}

/** A root field under a name of its own, with its argument in the document or beside it. */
function rootField(index: number): fc.Arbitrary<RootField> {
  const name = `r${index}`;
  const variable = `v${index}`;
  const of = (
    fieldName: string,
    argument: string,
    type: string,
    value: fc.Arbitrary<unknown>,
    selection: fc.Arbitrary<string>,
  ) =>
    fc.tuple(value, selection, fc.boolean(), directive).map(([given, inner, isInline, when]) => {
      const literal = JSON.stringify(given);
      const isVariable = !isInline || type === '[_Any!]!';
      return {
        text: `${name}: ${fieldName}(${argument}: ${isVariable ? `$${variable}` : literal})${when}${inner}`,
        variables: isVariable ? { [variable]: { type, value: given } } : {},
      };
    });
  const list = fc.oneof(
    { weight: 15, arbitrary: fc.array(anyText, { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  const representations = list.map((iccids) => iccids.map((iccid) => ({ __typename: 'Esim', iccid })));
  return fc.oneof(
    { weight: 3, arbitrary: of('esimUsage', 'iccid', 'ICCID!', anyText, result) },
    { weight: 3, arbitrary: of('esimUsages', 'iccids', '[ICCID!]!', list, result) },
    { weight: 2, arbitrary: of('_entities', 'representations', '[_Any!]!', representations, entity) },
    { weight: 1, arbitrary: fc.constant({ text: `${name}: __typename`, variables: {} }) },
  );
}

const fragments = `fragment Reading on EsimUsage { status more: data { remaining unit } }
fragment Result on EsimUsageResult { __typename ... on EsimUsage { ...Reading } ... on EsimUsageProblem { code } }`;

/** Any operation that this schema, as a subgraph, answers. */
export const anyOperation: fc.Arbitrary<SentOperation> = fc
  .tuple(
    fc
      .integer({ min: 1, max: 3 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => rootField(index)))),
    fc.option(fc.constantFrom('Screen', 'Other')),
    fc.tuple(fc.boolean(), fc.boolean()),
  )
  .map(([roots, operationName, values]) => {
    const body = roots.map(({ text }) => text).join('\n  ');
    const named = Object.assign({}, ...roots.map(({ variables }) => variables));
    const used = booleans.filter((name) => body.includes(`$${name}`));
    const declared = [
      ...Object.entries<{ type: string }>(named).map(([name, { type }]) => `$${name}: ${type}`),
      ...used.map((name) => `$${name}: Boolean!`),
    ];
    const signature = declared.length > 0 ? `(${declared.join(', ')})` : '';
    const spreads = ['Reading', 'Result'].filter((name) => body.includes(`...${name}`));
    // Unused fragments are no valid document; the second one uses the first.
    const needed = spreads.includes('Result')
      ? fragments
      : spreads.includes('Reading')
        ? (fragments.split('\n')[0] ?? '')
        : '';
    return {
      query: `query ${operationName ?? ''}${signature} {\n  ${body}\n}\n${needed}`,
      variables: {
        ...Object.fromEntries(
          Object.entries<{ value: unknown }>(named).map(([name, { value }]) => [name, value]),
        ),
        ...Object.fromEntries(used.map((name) => [name, values[booleans.indexOf(name)] ?? false])),
      },
      ...(operationName !== null && { operationName }),
    };
  });
