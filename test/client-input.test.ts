import { fleetIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import type { GraphQLFormattedError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Answer, startGateway } from './support/start-gateway.js';

const readOne = `query ($iccid: ICCID!) {
  esimUsage(iccid: $iccid) {
    ... on EsimUsage { iccid }
    ... on EsimUsageProblem { requestedIccid code message retryAfterSeconds }
  }
}`;
const readSeveral = readOne
  .replace('$iccid: ICCID!', '$iccids: [ICCID!]!')
  .replace('esimUsage(iccid: $iccid)', 'esimUsages(iccids: $iccids)');

const invalid = {
  requestedIccid: null,
  code: 'INVALID_ICCID',
  message: 'An ICCID is a string of 15 to 22 digits.',
  retryAfterSeconds: null,
};

function notFound(iccid: string): Record<string, unknown> {
  return {
    requestedIccid: iccid,
    code: 'NOT_FOUND',
    message: 'No eSIM with this ICCID is known.',
    retryAfterSeconds: null,
  };
}

function ok(data: Record<string, unknown>): Answer {
  return { status: 200, body: { data } };
}

const digits = '8944465400000267221';

describe('a text that is no ICCID', () => {
  it.each([
    ['C1', 'letters', 'abcdefghijklmnopqrs'],
    ['C1', 'a letter among digits', '8944465400000267l21'],
    ['C1', 'a space in front', ` ${digits}`],
    ['C1', 'a space behind', `${digits} `],
    ['C1', 'a space within', '89444654 00000267221'],
    ['C1', 'hyphens', '8944-4654-0000-0267-221'],
    ['C1', 'a sign', `+${digits}`],
    ['C1', 'a minus', `-${digits}`],
    ['C1', 'a decimal point', `${digits}.0`],
    ['C1', 'an exponent', '8944465400000267e3'],
    ['C1', 'hexadecimal', '0x89444654000002672'],
    ['C1', 'nothing', ''],
    ['C2', 'full-width digits', '８９４４４６５４０００００２６７２２１'],
    ['C2', 'Arabic-Indic digits', '٨٩٤٤٤٦٥٤٠٠٠٠٠٢٦٧٢٢١'],
    ['C2', 'one Devanagari digit', '८944465400000267221'],
    ['C2', 'mathematical digits', '𝟖944465400000267221'],
    ['C3', 'a path to the token endpoint', '../../v2/token'],
    ['C3', 'a path behind digits', `${digits}/../../token`],
    ['C3', 'an encoded path', '%2e%2e%2f%2e%2e%2fv2%2ftoken'],
    ['C3', 'encoded digits', '%38944465400000267221'],
    ['C3', 'a query', `${digits}?x=1`],
    ['C3', 'a fragment', `${digits}#x`],
    ['C3', 'NUL', `${digits}\0`],
    ['C3', 'CR LF and a header', `${digits}\r\nX-Evil: 1`],
    ['C3', 'a line feed behind', `${digits}\n`],
    ['C4', '14 digits', '89444654000002'],
    ['C4', '23 digits', '89444654000002672210000'],
  ])('%s %s is that item’s problem, unread and unrepeated', async (_id, _name, text) => {
    const { ask, usageCalls, simulator } = await startGateway();
    const [good = ''] = fleetIccids(1);
    expect(await ask(readSeveral, { iccids: [good, text, good] })).toEqual(
      ok({ esimUsages: [{ iccid: good }, invalid, { iccid: good }] }),
    );
    expect(await ask(`{ esimUsage(iccid: ${JSON.stringify(text)}) { __typename } }`)).toEqual(
      ok({ esimUsage: { __typename: 'EsimUsageProblem' } }),
    );
    expect(usageCalls()).toEqual([good]);
    expect(simulator.arrivals.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/token',
      `GET /v2/sims/${good}/usage`,
    ]);
  });

  it.each(['894444654000000', '8944465400000267221000'])(
    'C4 %s is one: 15 and 22 digits are read',
    async (iccid) => {
      const { ask, usageCalls } = await startGateway();
      expect(await ask(readOne, { iccid })).toEqual(ok({ esimUsage: notFound(iccid) }));
      expect(usageCalls()).toEqual([iccid]);
    },
  );

  it('C4 leading zeros are kept: with them it is another ICCID', async () => {
    const { ask, usageCalls } = await startGateway();
    const [iccid = ''] = fleetIccids(1);
    const iccids = [`000${iccid}`, iccid, `0${iccid}`];
    expect(await ask(readSeveral, { iccids })).toEqual(
      ok({ esimUsages: [notFound(`000${iccid}`), { iccid }, notFound(`0${iccid}`)] }),
    );
    expect(usageCalls().sort()).toEqual(iccids.sort());
  });

  it('C1, C2, C3, C4 whatever the text: the upstream sees ICCIDs only, as they were sent, and no answer repeats another text', async () => {
    const { ask, simulator } = await startGateway();
    const digitRuns = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 25 });
    const text = fc.oneof(
      digitRuns,
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme', minLength: 15, maxLength: 22 }),
      fc.string({ unit: fc.constantFrom(...'0189/.%?#\\&=:@ \0\r\n\t２٣２'), minLength: 10, maxLength: 25 }),
      fc
        .tuple(
          digitRuns,
          fc.constantFrom(
            '/../../token',
            '../../v2/token',
            '%2e%2e',
            '%2F',
            '?',
            '#',
            '\0',
            '\r\n',
            ' ',
            ';',
          ),
          fc.constantFrom('', digits, 'usage'),
        )
        .map((parts) => parts.join('')),
      fc.constantFrom('__proto__', 'constructor', 'null', 'undefined', 'NaN', '\ud800', `\udc00${digits}`),
    );
    const asked = new Set<string>();
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (sent, asLiteral) => {
        const before = simulator.arrivals.length;
        const answer = asLiteral
          ? await ask(readOne.replace('($iccid: ICCID!)', '').replace('$iccid', JSON.stringify(sent)))
          : await ask(readOne, { iccid: sent });
        const calls = simulator.arrivals
          .slice(before)
          .map(({ method, path }) => `${method} ${path}`)
          .filter((call) => call !== 'POST /v2/token');

        const isFirst = !asked.has(sent);
        asked.add(sent);
        const truth = /^[0-9]{15,22}$/.test(sent)
          ? {
              answer: ok({ esimUsage: notFound(sent) }),
              calls: isFirst ? [`GET /v2/sims/${sent}/usage`] : [],
            }
          : { answer: ok({ esimUsage: invalid }), calls: [] };
        // A lone surrogate in a document is no GraphQL.
        const isMalformed = asLiteral && /\p{Surrogate}/u.test(sent);
        expect({ answer, calls }).toEqual(
          isMalformed ? { answer: expect.objectContaining({ status: 400 }), calls: [] } : truth,
        );
      }),
      { numRuns: 500 },
    );
  }, 30_000);
});

describe('an ICCID that is no string', () => {
  const typed: readonly [name: string, value: unknown][] = [
    ['a number', 8_944_465_400_000],
    ['a number that was rounded', Number(digits)],
    ['a float', 894446540000.5],
    ['a boolean', true],
    ['an object', { iccid: digits }],
    ['a list', [digits]],
  ];
  const wrongType = {
    locations: [{ line: 1, column: 8 }],
    message: 'Variable "$iccid" has a value of the wrong type.',
    extensions: { code: 'BAD_USER_INPUT' },
  };

  it.each(typed)('C5 %s in a variable is refused, neither converted nor repeated', async (_name, value) => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readOne, { iccid: value })).toEqual({ status: 400, body: { errors: [wrongType] } });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(typed)('C5 %s in a list spoils the request and is not repeated', async (_name, value) => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readSeveral, { iccids: [digits, value] })).toEqual({
      status: 400,
      body: { errors: [{ ...wrongType, message: 'Variable "$iccids" has a value of the wrong type.' }] },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(typed.filter(([name]) => name !== 'a list'))(
    'C5 %s in place of a list is refused',
    async (_name, value) => {
      const { ask, simulator } = await startGateway();
      expect(await ask(readSeveral, { iccids: value })).toMatchObject({ status: 400 });
      expect(simulator.arrivals).toEqual([]);
    },
  );

  it.each([
    ['null', { iccid: null }, 'Variable "$iccid" of non-null type "ICCID!" must not be null.'],
    ['nothing', {}, 'Variable "$iccid" of required type "ICCID!" was not provided.'],
  ])('C8 %s is refused', async (_name, variables, message) => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readOne, variables)).toEqual({
      status: 400,
      body: { errors: [{ ...wrongType, message }] },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['nulls', Array.from({ length: 50 }, () => null)],
    ['numbers', Array.from({ length: 50 }, () => 8_944_465_400_000)],
    ['objects', Array.from({ length: 50 }, () => ({ iccid: digits }))],
  ])('C8 a list of fifty %s gets five errors, without a value', async (_name, iccids) => {
    const { ask, simulator } = await startGateway();
    const error = { ...wrongType, message: 'Variable "$iccids" has a value of the wrong type.' };
    expect(await ask(readSeveral, { iccids })).toEqual({
      status: 400,
      body: {
        errors: [
          error,
          error,
          error,
          error,
          {
            message: 'Too many errors processing variables, error limit reached. Execution aborted.',
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it('C8 fifty faults in one query get five errors', async () => {
    const { ask, simulator } = await startGateway();
    const names = Array.from({ length: 50 }, (_, at) => `none${at}`);
    const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
    expect(await ask(`{ ${names.join(' ')} }`)).toEqual({
      status: 400,
      body: {
        errors: [
          ...names.slice(0, 4).map((name, at) => ({
            message: `Cannot query field "${name}" on type "Query".`,
            locations: [{ line: 1, column: 3 + at * 6 }],
            extensions,
          })),
          { message: 'Too many validation errors, error limit reached. Validation aborted.', extensions },
        ],
      },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['null among literals', `{ esimUsages(iccids: ["${digits}", null]) { __typename } }`],
    ['a text where a boolean belongs', `{ __typename @skip(if: "${digits}") }`],
    ['a text where a name belongs', `{ esimUsage("${digits}") { __typename } }`],
    ['a number where a name belongs', `{ esimUsage(${digits}) { __typename } }`],
    ['a text out of place', `{ "${digits}" }`],
    ['an object for a list', `{ esimUsages(iccids: { iccid: "${digits}" }) { __typename } }`],
  ])('C8 %s is refused without repeating a value', async (_name, query) => {
    const { ask, simulator } = await startGateway();
    const answer = await ask(query);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ message: expect.any(String) }] } });
    expect(JSON.stringify(answer)).not.toContain(digits);
    expect(simulator.arrivals).toEqual([]);
  });
});

describe('the number of ICCIDs in one operation', () => {
  const tooMany = (path: string): Record<string, unknown> => ({
    message: 'An operation may name at most 100 different ICCIDs.',
    locations: [{ line: expect.any(Number), column: expect.any(Number) }],
    path: [path],
    extensions: { code: 'BAD_USER_INPUT' },
  });

  it('C7 may be 0, which is an empty list', async () => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readSeveral, { iccids: [] })).toEqual(ok({ esimUsages: [] }));
    expect(simulator.arrivals).toEqual([]);
  });

  it('C7 may be 100', async () => {
    const { ask, usageCalls } = await startGateway();
    const iccids = fleetIccids(100);
    expect(await ask(readSeveral, { iccids })).toEqual(
      ok({ esimUsages: iccids.map((iccid) => ({ iccid })) }),
    );
    expect(usageCalls()).toHaveLength(100);
  });

  it('C7 may not be 101, and then none is read', async () => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readSeveral, { iccids: fleetIccids(101) })).toEqual({
      status: 200,
      body: { data: { esimUsages: null }, errors: [tooMany('esimUsages')] },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it('C7 counts lists and aliases together', async () => {
    const { ask, simulator } = await startGateway();
    const iccids = fleetIccids(101);
    const aliases = iccids
      .slice(60)
      .map((iccid, at) => `a${at}: esimUsage(iccid: "${iccid}") { __typename }`);
    const names = aliases.map((_, at) => `a${at}`);
    expect(
      await ask(
        `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { __typename } ${aliases.join(' ')} }`,
        { iccids: iccids.slice(0, 60) },
      ),
    ).toEqual({
      status: 200,
      body: {
        data: { esimUsages: null, ...Object.fromEntries(names.map((name) => [name, null])) },
        errors: expect.toSatisfy((errors: unknown[]) => errors.length === 42),
      },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it('C7 counts repeats and nesting once', async () => {
    const { ask, usageCalls } = await startGateway({ module: { maxIccids: 3 } });
    const iccids = fleetIccids(3);
    const deep = { iccid: expect.any(String), esim: { usage: { __typename: 'EsimUsage' } } };
    expect(
      await ask(
        `query ($iccids: [ICCID!]!) {
          one: esimUsages(iccids: $iccids) { ... on EsimUsage { iccid esim { usage { __typename } } } }
          two: esimUsages(iccids: $iccids) { ... on EsimUsage { iccid esim { usage { __typename } } } }
        }`,
        { iccids: [...iccids, ...iccids] },
      ),
    ).toEqual(ok({ one: Array(6).fill(deep), two: Array(6).fill(deep) }));
    expect(usageCalls()).toHaveLength(3);
  });

  it('C7 counts 1,000 repeats of one as one call', async () => {
    const { ask, usageCalls } = await startGateway();
    const iccid = '894000000000001';
    expect(await ask(readSeveral, { iccids: Array(1_000).fill(iccid) })).toEqual(
      ok({ esimUsages: Array(1_000).fill({ iccid }) }),
    );
    expect(usageCalls()).toEqual([iccid]);
  });

  it('C7 refuses more repeats than that, and asks nothing', async () => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readSeveral, { iccids: Array(1_001).fill(digits) })).toMatchObject({
      status: 200,
      body: {
        data: { esimUsages: null },
        errors: [
          {
            message: 'An operation may name at most 1000 ICCIDs, repeats included.',
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it('C7 refuses lists that are more than that together, each by one error, and asks nothing', async () => {
    const { ask, simulator } = await startGateway();
    const aliases = Array.from(
      { length: 150 },
      (_, index) => `a${index}: esimUsages(iccids: $iccids) { __typename }`,
    );
    const { status, body } = await ask(`query ($iccids: [ICCID!]!) { ${aliases.join(' ')} }`, {
      iccids: Array(1_000).fill(digits),
    });
    expect(status).toBe(200);
    const { data, errors } = Object(body);
    expect(new Set(Object.values(data))).toEqual(new Set([null]));
    expect(errors).toHaveLength(150);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['10,000 ICCIDs', fleetIccids(10_000)],
    ['10,000 repeats of one', Array(10_000).fill(digits)],
  ])('C7 %s are too large a request', async (_name, iccids) => {
    const { ask, simulator } = await startGateway();
    expect(await ask(readSeveral, { iccids })).toEqual({
      status: 413,
      body: {
        errors: [
          { message: 'The request is larger than 100 KB.', extensions: { code: 'PAYLOAD_TOO_LARGE' } },
        ],
      },
    });
    expect(simulator.arrivals).toEqual([]);
  });
});

describe('a document that is made to be costly', () => {
  const repeated = (count: number, text: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => text(at)).join(' ');
  const one = `esimUsage(iccid: "${digits}")`;
  /** Each fragment spreads the next one twice. */
  const bomb = repeated(
    20,
    (depth) =>
      `fragment f${depth} on EsimUsage {
        a: esim { usage { ...f${depth + 1} } } b: esim { usage { ...f${depth + 1} } }
      }`,
  );

  const documents: readonly [name: string, code: string, query: string][] = [
    ['10,000 aliases', 'GRAPHQL_PARSE_FAILED', `{ ${repeated(10_000, (at) => `a${at.toString(36)}:x`)} }`],
    [
      '400 aliases that name nothing',
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${repeated(400, (at) => `a${at}:x`)} }`,
    ],
    ['401 aliases', 'GRAPHQL_VALIDATION_FAILED', `{ ${repeated(401, (at) => `a${at}:__typename`)} }`],
    ['500 repeated fields', 'GRAPHQL_VALIDATION_FAILED', `{ ${repeated(500, () => '__typename')} }`],
    ['5,000 repeated fields', 'GRAPHQL_PARSE_FAILED', `{ ${repeated(5_000, () => '__typename')} }`],
    [
      '200 repeated directives',
      'GRAPHQL_VALIDATION_FAILED',
      `{ __typename ${repeated(200, () => '@skip(if: false)')} }`,
    ],
    [
      '900 directives that there are not',
      'GRAPHQL_VALIDATION_FAILED',
      `{ __typename ${repeated(900, () => '@no')} }`,
    ],
    [
      '5,000 repeated directives',
      'GRAPHQL_PARSE_FAILED',
      `{ __typename ${repeated(5_000, () => '@skip(if: false)')} }`,
    ],
    ['a depth of 20,000', 'GRAPHQL_PARSE_FAILED', `${'{a'.repeat(20_000)}${'}'.repeat(20_000)}`],
    ['an unended depth of 20,000', 'GRAPHQL_PARSE_FAILED', '{a'.repeat(20_000)],
    [
      'a depth of 600',
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${one} { ... on EsimUsage ${'{ esim { usage { ... on EsimUsage '.repeat(150)}{ iccid }${' } } }'.repeat(150)} } }`,
    ],
    ['lists within lists', 'GRAPHQL_PARSE_FAILED', `{ esimUsages(iccids: ${'['.repeat(20_000)}) }`],
    [
      '900 lists within lists',
      'BAD_USER_INPUT',
      `{ esimUsages(iccids: ${'['.repeat(900)}${']'.repeat(900)}) { __typename } }`,
    ],
    [
      'fragments within fragments that would ask for a million fields',
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${one} { ...f0 } } ${bomb} fragment f20 on EsimUsage { status }`,
    ],
    [
      'a fragment that spreads itself',
      'GRAPHQL_VALIDATION_FAILED',
      '{ ...a } fragment a on Query { __typename ...a }',
    ],
    [
      'fragments in a circle',
      'GRAPHQL_VALIDATION_FAILED',
      '{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a ...b }',
    ],
    [
      'a circle that leads through fields',
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${one} { ...a } } fragment a on EsimUsage { esim { usage { ...a } } }`,
    ],
  ];

  it.each(documents)('C9 the client’s fault, and no call: %s', async (_name, code, query) => {
    const { ask, simulator } = await startGateway();
    const { status, body } = await ask(query);
    const codes: unknown[] = Object(body).errors.map(
      ({ extensions }: GraphQLFormattedError) => extensions?.code,
    );
    expect(status).toBe(400);
    expect(codes.length).toBeLessThanOrEqual(5);
    expect(new Set(codes)).toEqual(new Set([code]));
    expect(simulator.arrivals).toEqual([]);
  });

  it('C9 the client’s fault, and no call: variables 20,000 deep', async () => {
    const { send, simulator } = await startGateway();
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const body = `{"query":${JSON.stringify(readSeveral)},"variables":{"iccids":${deep}}}`;
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    expect(await send('/graphql', request)).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(simulator.arrivals).toEqual([]);
  });
});
