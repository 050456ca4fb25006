import fc from 'fast-check';
import { mutated } from './mutations.js';

/** So many brackets that whoever follows each runs out of stack. */
const depths = fc.constantFrom(3, 30, 300, 3_000, 20_000);

/** GraphQL documents: some as they should be, most not. `iccids` are those of eSIMs that may be asked for. */
export function documents(iccids: readonly string[]): fc.Arbitrary<string> {
  const { document } = fc.letrec<Record<string, string>>((tie) => ({
    name: fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom(
          ...'esimUsage esimUsages iccid iccids esim usage status statusCode data total remaining freshness staleReason'.split(
            ' ',
          ),
          ...'EsimUsage EsimUsageProblem EsimUsageResult Esim Query ICCID String Int Boolean __typename __schema __type'.split(
            ' ',
          ),
          ...'_entities _service sdl representations _Any code message retryAfterSeconds f0 f1 f2 skip include if on'.split(
            ' ',
          ),
        ),
      },
      fc.string({ unit: fc.constantFrom(...'aZ_09'), minLength: 1, maxLength: 12 }),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'é', '名', 'x'.repeat(5_000)),
    ),
    text: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...iccids).map((iccid) => JSON.stringify(iccid)) },
      fc
        .string({ unit: fc.constantFrom(...'0123456789'), minLength: 10, maxLength: 25 })
        .map((digits) => `"${digits}"`),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => `"""${text}"""`),
      fc.constantFrom(
        '"\\u{1F600}"',
        '"\\uD83D\\uDE00"',
        '"\\uD800"',
        '"""\\""""""',
        '"\\x"',
        `"${'x'.repeat(10_000)}"`,
      ),
    ),
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'value' },
      { weight: 5, arbitrary: tie('text') },
      fc.constantFrom(
        '0',
        '-0',
        '00',
        '1e999',
        '1.',
        '.5',
        '-',
        '0x1',
        '9007199254740993',
        '8944465400000267221',
        '1e-9',
        'NaN',
      ),
      fc.constantFrom('true', 'false', 'null', 'ENUM', '$iccid', '$iccids', '$none', '$'),
      fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(', ')}]`),
      fc
        .array(fc.tuple(tie('name'), tie('value')), { maxLength: 3 })
        .map((fields) => `{${fields.map((field) => field.join(': ')).join(' ')}}`),
    ),
    args: fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      { weight: 3, arbitrary: tie('text').map((text) => `(iccid: ${text})`) },
      {
        weight: 2,
        arbitrary: fc.array(tie('text'), { maxLength: 6 }).map((texts) => `(iccids: [${texts.join(' ')}])`),
      },
      fc
        .array(fc.tuple(tie('name'), tie('value')), { maxLength: 3 })
        .map((list) => `(${list.map((each) => each.join(': ')).join(' ')})`),
    ),
    directives: fc.oneof(
      { weight: 8, arbitrary: fc.constant('') },
      tie('value').map((value) => ` @skip(if: ${value})`),
      fc.tuple(tie('name'), tie('args')).map((parts) => ` @${parts.join('')}`),
      fc.constantFrom(
        ' @include(if: true)',
        ' @skip(if: false) @skip(if: false)',
        ' @defer',
        ' @stream(initialCount: 0)',
        ' @no'.repeat(200),
      ),
    ),
    field: fc
      .tuple(tie('alias'), tie('name'), tie('args'), tie('directives'), tie('deeper'))
      .map((parts) => parts.join('')),
    alias: fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      tie('name').map((name) => `${name}: `),
    ),
    deeper: fc.oneof({ maxDepth: 6, depthIdentifier: 'selection' }, fc.constant(''), tie('selections')),
    selections: fc
      .array(
        fc.oneof(
          { weight: 5, arbitrary: tie('field') },
          { weight: 2, arbitrary: tie('known') },
          fc
            .tuple(tie('name'), tie('directives'), tie('deeper'))
            .map(([name, directives, deeper]) => `... on ${name}${directives}${deeper}`),
          fc.tuple(tie('name'), tie('directives')).map(([name, directives]) => `...${name}${directives}`),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((list) => ` { ${list.join(' ')} }`),
    known: fc
      .tuple(tie('alias'), tie('text'))
      .map(
        ([alias, text]) =>
          `${alias}esimUsage(iccid: ${text}) { ...on EsimUsage { iccid status data { total } } ...on EsimUsageProblem { code } }`,
      ),
    definition: fc.oneof(
      { weight: 6, arbitrary: tie('selections') },
      { weight: 6, arbitrary: tie('known').map((known) => `{ ${known} }`) },
      {
        weight: 3,
        arbitrary: tie('selections').map(
          (selections) => `query ($iccid: ICCID!, $iccids: [ICCID!] = [])${selections}`,
        ),
      },
      fc
        .tuple(tie('name'), tie('value'), tie('directives'), tie('selections'))
        .map(
          ([name, value, directives, selections]) =>
            `query ${name}($a: ${name} = ${value})${directives}${selections}`,
        ),
      fc
        .tuple(fc.constantFrom('mutation', 'subscription', 'query A', 'extend'), tie('selections'))
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('f0', 'f1', 'f2'), tie('name'), tie('selections'))
        .map(([name, type, selections]) => `fragment ${name} on ${type}${selections}`),
      fc.tuple(tie('name'), tie('value')).map(([name, value]) => `type ${name} @a(b: ${value}) { c: D }`),
    ),
    document: fc.oneof(
      {
        weight: 40,
        arbitrary: fc.array(tie('definition'), { minLength: 1, maxLength: 3 }).map((list) => list.join('\n')),
      },
      {
        weight: 8,
        arbitrary: fc
          .array(tie('known'), { minLength: 1, maxLength: 40 })
          .map(
            (list) => `{ ${list.map((each, at) => `a${at}: ${each.replace(/^[^:(]*: /, '')}`).join(' ')} }`,
          ),
      },
      depths.map((depth) => '{a'.repeat(depth) + '}'.repeat(depth)),
      depths.map(
        (depth) => `{ esimUsages(iccids: ${'['.repeat(depth)}${']'.repeat(depth)}) { __typename } }`,
      ),
      depths.map((depth) => `{ a(b: ${'{c:'.repeat(depth)} }`),
      depths.map(
        (count) =>
          `{ ${Array.from({ length: count }, (_, at) => `a${at.toString(36)}: __typename`).join(' ')} }`,
      ),
      depths.map(
        (count) =>
          `{ ...f0 } ${Array.from({ length: Math.min(count, 300) }, (_, at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`).join(' ')}`,
      ),
      depths.map((count) => `query (${'$a: ICCID '.repeat(count)}) { __typename }`),
      depths.map((count) => `${'#\n'.repeat(count)}{ __typename }`),
    ),
  }));
  return mutated(document ?? fc.constant(''));
}
