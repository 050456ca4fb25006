import fc from 'fast-check';

/** What begins, ends or escapes something in one of the languages that are spoken here. */
const morsels = [
  ...'{}[]()"\\\'`:,;!$@&|=#.%+-/*?<>\0\r\n\t \x7f\xff\x80',
  '"""',
  '...',
  '\r\n\r\n',
  '\\u0000',
  '\\ud800',
  '\\u{110000}',
  '%00',
  '%zz',
  '\ud83d',
  '\u2028',
  '\ufeff',
  '\u202e',
  '__proto__',
  'constructor',
  'null',
  '1e999',
  '-0',
  '99999999999999999999',
];

/** A text with none, one or a few of its parts cut out, doubled, moved, or with something put in between. */
export function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const mutation = fc.record({
    kind: fc.constantFrom('cut', 'double', 'move', 'insert'),
    from: place,
    length: fc.oneof({ weight: 4, arbitrary: fc.nat(4) }, fc.nat(80)),
    to: place,
    morsel: fc.oneof(fc.constantFrom(...morsels), fc.string({ unit: 'binary', maxLength: 8 })),
  });
  const mutations = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 4 }) },
  );
  return fc.tuple(texts, mutations).map(([text, changes]) =>
    changes.reduce((before, { kind, from, length, to, morsel }) => {
      const at = Math.floor(from * before.length);
      const part = before.slice(at, at + length);
      const rest = before.slice(0, at) + before.slice(at + length);
      const target = Math.floor(to * rest.length);
      if (kind === 'cut') return rest;
      if (kind === 'move') return rest.slice(0, target) + part + rest.slice(target);
      return before.slice(0, at) + (kind === 'double' ? part : morsel) + before.slice(at);
    }, text),
  );
}
