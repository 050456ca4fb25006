import fc from 'fast-check';
import { mutated } from './mutations.js';

/** JSON texts, among them what no serializer makes: keys twice, keys of prototypes, odd numbers, halves of characters. */
function jsonTexts(iccids: readonly string[]): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string; key: string }>((tie) => ({
    key: fc
      .oneof(
        { weight: 3, arbitrary: fc.constantFrom('iccid', 'iccids', 'representations', '__typename') },
        fc.constantFrom(
          '__proto__',
          'constructor',
          'prototype',
          'toString',
          'hasOwnProperty',
          'then',
          'toJSON',
          '',
        ),
        fc.string({ unit: 'binary', maxLength: 8 }),
      )
      .map((key) => JSON.stringify(key)),
    value: fc.oneof(
      { maxDepth: 5 },
      { weight: 4, arbitrary: fc.constantFrom(...iccids).map((iccid) => JSON.stringify(iccid)) },
      fc.constantFrom('null', 'true', 'false', '{}', '[]', '"Esim"'),
      fc.constantFrom(
        '0',
        '-0',
        '1e999',
        '-1e-999',
        '9007199254740993',
        '8944465400000267221',
        '01',
        '1.',
        '0x1',
        'NaN',
        'Infinity',
      ),
      fc.constantFrom(
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"\ud800"',
        '"\\x"',
        '"\t"',
        `"${'9'.repeat(3_000)}"`,
      ),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
      fc.array(tie('value'), { maxLength: 5 }).map((values) => `[${values.join(',')}]`),
      fc
        .array(fc.tuple(tie('key'), tie('value')), { maxLength: 5 })
        .map((fields) => `{${fields.map((field) => field.join(':')).join(',')}}`),
    ),
  }));
  const deep = fc.constantFrom(100, 3_000, 30_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth));
  const long = fc
    .constantFrom(99, 101, 1_001, 3_000)
    .map((length) => JSON.stringify(Array.from({ length }, () => iccids[0])));
  return fc.oneof(
    { weight: 40, arbitrary: value },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: long },
  );
}

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const question = `query Usage($iccid: ICCID = "", $iccids: [ICCID!] = []) {
  esimUsage(iccid: $iccid) { __typename ... on EsimUsage { iccid status data { total } } ... on EsimUsageProblem { code } }
  esimUsages(iccids: $iccids) { __typename }
}`;
const entities =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Esim { usage { __typename } } } }';

/** Bodies of a POST: these documents with all that can stand beside them. */
export function bodies(documents: fc.Arbitrary<string>, iccids: readonly string[]): fc.Arbitrary<string> {
  const json = jsonTexts(iccids);
  const iccid = fc.constantFrom(...iccids).map((text) => JSON.stringify(text));
  const query = fc.oneof(documents, fc.constantFrom(question, entities)).map((text) => JSON.stringify(text));
  const variables = fc.oneof(
    { weight: 6, arbitrary: iccid.map((text) => `{"iccid":${text},"iccids":[${text}]}`) },
    {
      weight: 2,
      arbitrary: json.map((value) => `{"iccid":${value},"iccids":[${value}],"representations":[${value}]}`),
    },
    iccid.map((text) => `{"representations":[{"__typename":"Esim","iccid":${text}}]}`),
    json,
  );
  const asked = fc
    .tuple(query, fc.option(variables), rarely(json), rarely(json))
    .map(([text, given, name, extensions]) =>
      [
        `{"query":${text}`,
        given && `"variables":${given}`,
        name && `"operationName":${name}`,
        extensions && `"extensions":${extensions}`,
      ]
        .filter((part) => part !== null)
        .join(',')
        .concat('}'),
    );
  return fc.oneof(
    { weight: 12, arbitrary: asked },
    { weight: 6, arbitrary: mutated(asked) },
    { weight: 1, arbitrary: mutated(json) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(90, 99, 101, 200)
        .map((kilobytes) => `{"query":"{ __typename }"}${' '.repeat(kilobytes * 1_024)}`),
    },
  );
}
