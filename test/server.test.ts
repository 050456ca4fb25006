import { gzipSync } from 'node:zlib';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openToAll } from '../src/auth/authentication.js';
import { createContext } from '../src/context.js';
import { NotFoundError } from '../src/errors.js';
import type { OperationEnded } from '../src/events.js';
import { createHealth } from '../src/health.js';
import { startServer } from '../src/server/server.js';
import type { UsageSource } from '../src/usage.js';
import { createManualClock } from './support/manual-clock.js';
import { answerTo } from './support/raw-connection.js';
import { readingOf } from './support/readings.js';
import { type Answer, startGateway, startModule } from './support/start-gateway.js';

const typename = JSON.stringify({ query: '{ __typename }' });
const json = { 'content-type': 'application/json' };

function error(status: number, code: string, message: unknown = expect.any(String)): Answer {
  return { status, body: { errors: [{ message, extensions: { code } }] } };
}

const unreadable = error(
  400,
  'BAD_REQUEST',
  'The request cannot be read: expected a JSON object with a `query`.',
);
const tooLarge = error(413, 'PAYLOAD_TOO_LARGE', 'The request is larger than 100 KB.');
const wrongType = error(415, 'UNSUPPORTED_MEDIA_TYPE', 'The request is not application/json in plain UTF-8.');

/** An answer as it stands on the wire, its body read as JSON. */
function parse(bytes: string): Answer {
  const [head = '', body = ''] = bytes.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
}

describe('a request that is no GraphQL request', () => {
  it.each([
    ['a list of one', [{ query: '{ __typename }' }]],
    ['a list of two', [{ query: '{ __typename }' }, { query: '{ __typename }' }]],
    ['an empty list', []],
  ])('C10 a batch is refused: %s', async (_name, batch) => {
    const { send, simulator } = await startGateway();
    expect(await send('/graphql', { method: 'POST', headers: json, body: JSON.stringify(batch) })).toEqual(
      error(400, 'BAD_REQUEST', 'Operation batching disabled.'),
    );
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['cut short', '{"query":"{ __typename }"'],
    ['nothing', ''],
    ['a lone quote', '"'],
    ['a prototype', '{"query":"{ __typename }","__proto__":{"polluted":true}}'],
    [
      'a prototype among the variables',
      '{"query":"{ __typename }","variables":{"__proto__":{"polluted":true}}}',
    ],
    ['a constructor', '{"query":"{ __typename }","constructor":{"prototype":{"polluted":true}}}'],
  ])('C11 a body that is no usable JSON is refused: %s', async (_name, body) => {
    const { send, simulator } = await startGateway();
    expect(await send('/graphql', { method: 'POST', headers: json, body })).toEqual(unreadable);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['null', 'null', 'BAD_REQUEST'],
    ['a text', '"x"', 'BAD_REQUEST'],
    ['a number', '5', 'BAD_REQUEST'],
    ['an object without a query', '{}', 'BAD_REQUEST'],
    ['an empty query', '{"query":""}', 'BAD_REQUEST'],
    ['a query that is a number', '{"query":5}', 'BAD_REQUEST'],
    ['variables that are a text', '{"query":"{ __typename }","variables":"x"}', 'BAD_REQUEST'],
    ['variables that are a list', '{"query":"{ __typename }","variables":[]}', 'BAD_REQUEST'],
    [
      'a lone surrogate as an operation’s name',
      '{"query":"{ __typename }","operationName":"\\ud800"}',
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('C11 a body without a question in it is refused: %s', async (_name, body, code) => {
    const { send, simulator } = await startGateway();
    expect(await send('/graphql', { method: 'POST', headers: json, body })).toEqual(error(400, code));
    expect(simulator.arrivals).toEqual([]);
  });

  it('C11 a lone surrogate in a query is refused', async () => {
    const { ask } = await startGateway();
    expect(await ask('{ \ud800 }')).toEqual({
      status: 400,
      body: {
        errors: [
          {
            message: 'Syntax Error: Invalid character: U+D800.',
            locations: [{ line: 1, column: 3 }],
            extensions: { code: 'GRAPHQL_PARSE_FAILED' },
          },
        ],
      },
    });
  });

  it('C11 a lone surrogate as an ICCID is no ICCID, and the request stands', async () => {
    const { ask, simulator } = await startGateway();
    expect(
      await ask(
        'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ... on EsimUsageProblem { requestedIccid code } } }',
        {
          iccid: '\ud800',
        },
      ),
    ).toEqual({
      status: 200,
      body: { data: { esimUsage: { requestedIccid: null, code: 'INVALID_ICCID' } } },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/graphql'],
    ['application/jsonx'],
    ['nonsense'],
    ['application/json; charset=utf-16'],
    ['application/json; charset="iso-8859-1"'],
    ['application/json;CHARSET=utf-8-bom'],
  ])('C12 a body of type %s is refused', async (type) => {
    const { send, simulator } = await startGateway();
    const request = { method: 'POST', headers: { 'content-type': type }, body: typename };
    expect(await send('/graphql', request)).toEqual(wrongType);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(['gzip', 'br', 'deflate, gzip'])('C12 a body encoded as %s is refused', async (encoding) => {
    const { send } = await startGateway();
    const headers = { ...json, 'content-encoding': encoding };
    const bodies = [typename, gzipSync(typename)];
    const answers = bodies.map((body) => send('/graphql', { method: 'POST', headers, body }));
    expect(await Promise.all(answers)).toEqual([wrongType, wrongType]);
  });

  it('C12 a body of no type is refused', async () => {
    const { url } = await startGateway();
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: ${typename.length}\r\nConnection: close\r\n\r\n`;
    expect(parse(await answerTo(url, head + typename))).toEqual(wrongType);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'a body of type %s is read',
    async (type) => {
      const { send } = await startGateway();
      const headers = { 'content-type': type, 'content-encoding': 'identity' };
      expect(await send('/graphql', { method: 'POST', headers, body: typename })).toEqual({
        status: 200,
        body: { data: { __typename: 'Query' } },
      });
    },
  );

  it('C6 a text of 10 MB is refused before it is read', async () => {
    const { url, simulator } = await startGateway();
    const bytes = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{`;
    expect(parse(await answerTo(url, bytes))).toEqual(tooLarge);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['with a content-length', (body: string) => `Content-Length: ${body.length}\r\n\r\n${body}`],
    [
      'in chunks',
      (body: string) => `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
    ],
  ])('C13 a body above 100 KB is refused and the connection closed: %s', async (_name, framed) => {
    const { url, simulator } = await startGateway();
    const body = JSON.stringify({ query: '{ __typename }', padding: 'x'.repeat(100 * 1024) });
    const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = await answerTo(url, head + framed(body));
    expect(parse(answer)).toEqual(tooLarge);
    expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(simulator.arrivals).toEqual([]);
  });

  it('a body of exactly 100 KB is read', async () => {
    const { send } = await startGateway();
    const body = typename + ' '.repeat(100 * 1024 - typename.length);
    expect(await send('/graphql', { method: 'POST', headers: json, body })).toMatchObject({ status: 200 });
  });
});

describe('the method of a request', () => {
  const byGet = (query: string): string => `/graphql?query=${encodeURIComponent(query)}`;

  it.each([
    ['apollo-require-preflight', 'true'],
    ['x-apollo-operation-name', 'Usage'],
    ['content-type', 'application/json'],
  ])('C14 GET with %s is answered', async (name, value) => {
    const { send, usageCalls } = await startGateway();
    const [iccid = ''] = fleetIccids(1);
    const path = byGet(`{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { iccid } } }`);
    expect(await send(path, { headers: { [name]: value } })).toEqual({
      status: 200,
      body: { data: { esimUsage: { iccid } } },
    });
    expect(usageCalls()).toEqual([iccid]);
  });

  it('C14 GET without a header that no web page can send unasked is refused', async () => {
    const { send, simulator } = await startGateway();
    const path = byGet(`{ esimUsage(iccid: "${fleetIccids(1)[0]}") { __typename } }`);
    expect(await send(path)).toEqual(
      error(400, 'BAD_REQUEST', expect.stringContaining('Cross-Site Request Forgery')),
    );
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(['mutation { read }', 'mutation { __typename }', 'subscription { read }'])(
    'C14 GET of %s is not allowed',
    async (query) => {
      const { send } = await startGateway();
      expect(await send(byGet(query), { headers: { 'apollo-require-preflight': 'true' } })).toEqual(
        error(405, 'BAD_REQUEST', expect.stringMatching(/^GET requests only support query operations/)),
      );
    },
  );

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'C14 %s is not allowed, whatever it brings',
    async (method) => {
      const { send } = await startGateway();
      const notAllowed = error(405, 'METHOD_NOT_ALLOWED', 'GraphQL is asked by GET or POST.');
      expect(await send('/graphql', { method })).toEqual(notAllowed);
      expect(await send('/graphql', { method, body: 'text' })).toEqual(notAllowed);
    },
  );

  it.each(['mutation', 'subscription'])(
    'POST of a %s, which this schema does not have, is the client’s fault',
    async (operation) => {
      const { ask } = await startGateway();
      expect(await ask(`${operation} { read }`)).toEqual({
        status: 400,
        body: {
          errors: [
            {
              message: `This schema has no ${operation}.`,
              extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
            },
          ],
        },
      });
    },
  );
});

describe('the address of a request', () => {
  it.each(['/', '/graphql/', '/GraphQL', '//graphql', '/graphql%00', '/health', '/.env'])(
    'C15 there is nothing at %s',
    async (path) => {
      const { url } = await startGateway();
      const bytes = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`;
      expect(parse(await answerTo(url, bytes))).toEqual(error(404, 'NOT_FOUND', 'There is nothing here.'));
    },
  );

  const ask = `Content-Type: application/json\r\nConnection: close\r\n`;
  it.each([
    ['two hosts', `Host: a\r\nhost: b\r\n${ask}Content-Length: ${typename.length}\r\n\r\n${typename}`],
    [
      'the same host twice',
      `Host: a\r\nHost: a\r\n${ask}Content-Length: ${typename.length}\r\n\r\n${typename}`,
    ],
    ['a host that is none', `Host: a b%%\r\n${ask}Content-Length: ${typename.length}\r\n\r\n${typename}`],
  ])('C15 %s are refused', async (_name, rest) => {
    const { url } = await startGateway();
    expect(parse(await answerTo(url, `POST /graphql HTTP/1.1\r\n${rest}`))).toEqual(unreadable);
  });

  it('C15 two ways to say how long the body is are refused', async () => {
    const { url, simulator } = await startGateway();
    const [iccid] = fleetIccids(1);
    const body = JSON.stringify({ query: `{ esimUsage(iccid: "${iccid}") { __typename } }` });
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const head = `Host: x\r\n${ask}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect(parse(await answerTo(url, `POST /graphql HTTP/1.1\r\n${head}${chunked}`))).toEqual(unreadable);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(['nonsense\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'])(
    'what is not HTTP is refused in the same form as everything else: %j',
    async (bytes) => {
      const { url } = await startGateway();
      expect(parse(await answerTo(url, bytes))).toEqual(unreadable);
    },
  );

  it.each([
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  ])('an address and headers above 16 KB are refused in the same form, too', async (bytes) => {
    const { url } = await startGateway();
    expect(parse(await answerTo(url, bytes))).toEqual(
      error(
        431,
        'HEADERS_TOO_LARGE',
        'The address and the headers of the request are too long, or too many.',
      ),
    );
  });

  it('a path that cannot be decoded is refused in the same form as everything else', async () => {
    const { url } = await startGateway();
    const bytes = 'GET /% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(parse(await answerTo(url, bytes))).toEqual(unreadable);
  });
});

describe('the status of an operation that is refused', () => {
  const refused = [
    ['one that cannot be parsed', { query: '{' }],
    ['one that the schema does not allow', { query: '{ nothing }' }],
    ['one that is a mutation', { query: 'mutation { __typename }' }],
    [
      'a variable of the wrong type',
      { query: 'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { __typename } }' },
    ],
    ['a name that is in no operation', { query: 'query A { __typename }', operationName: 'B' }],
  ] as const;
  const legacy = [
    'application/json',
    'application/json; charset=utf-8, text/plain;q=0.5',
    'text/html,Application/JSON',
  ];
  const others = [
    undefined,
    '*/*',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
  ];

  async function ask(url: string, body: object, accept: string | undefined) {
    const headers = { 'content-type': 'application/json', ...(accept !== undefined && { accept }) };
    const answer = await request(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return {
      status: answer.statusCode,
      caching: answer.headers['cache-control'],
      body: await answer.body.json(),
    };
  }

  it.each(refused)(
    'is 200 for a client that reads only application/json, and 400 for others: %s',
    async (_name, body) => {
      const { url } = await startGateway();
      const [first, ...more] = await Promise.all(
        [...legacy, ...others].map((accept) => ask(url, body, accept)),
      );
      expect(first).toMatchObject({ status: 200, caching: 'no-store', body: { errors: [{}] } });
      const statuses = [first, ...more].map((answer) => answer?.status);
      expect(statuses).toEqual([...legacy.map(() => 200), ...others.map(() => 400)]);
      expect(more.map((answer) => answer.body)).toEqual(more.map(() => first?.body));
    },
  );

  it('is 400 for every client whose request itself is at fault', async () => {
    const { url } = await startGateway();
    for (const body of [{}, [], { query: 7 }, { query: '{ __typename }', variables: 7 }])
      expect(await ask(url, body, 'application/json')).toMatchObject({ status: 400 });
  });
});

describe('what a client can learn of the schema', () => {
  it('C20 nothing, unless it is switched on: no introspection, no suggestions, no trace', async () => {
    const { ask, send } = await startGateway();
    expect(await ask('{ __schema { queryType { name } } }')).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    });
    expect(await ask('{ esimUsag(iccid: "x") { __typename } }')).toEqual({
      status: 400,
      body: {
        errors: [
          {
            message: 'Cannot query field "esimUsag" on type "Query".',
            locations: [{ line: 1, column: 3 }],
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          },
        ],
      },
    });
    const traced = { ...json, 'apollo-federation-include-trace': 'ftv1', 'apollo-tracing': '1' };
    expect(await send('/graphql', { method: 'POST', headers: traced, body: typename })).toEqual({
      status: 200,
      body: { data: { __typename: 'Query' } },
    });
  });

  it('C20 all of it, with help, where it is switched on', async () => {
    const { ask, module } = await startGateway({ introspection: true });
    const { body } = await ask(getIntrospectionQuery());
    const { data } = Object(body);
    const introspected: IntrospectionQuery = data;
    expect(Object.keys(buildClientSchema(introspected).getTypeMap()).sort()).toEqual(
      Object.keys(module.schema.getTypeMap()).sort(),
    );
    expect(await ask('{ esimUsag(iccid: "x") { __typename } }')).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining('Did you mean "esimUsage" or "esimUsages"?') }] },
    });
  });
});

describe('a bug of ours', () => {
  const [good = '', bad = '', unknown = ''] = fleetIccids(3);

  /** Reads as well as its neighbour, but breaks down at one ICCID and does not know another. */
  const brokenSource: UsageSource = {
    async read(iccid) {
      if (iccid === bad) throw new Error(`secret detail of ${iccid}`);
      if (iccid === unknown) throw new NotFoundError();
      return readingOf(iccid, 1_000);
    },
  };

  async function startBroken(
    report: (event: OperationEnded) => void = () => undefined,
  ): Promise<(query: string) => Promise<Answer>> {
    const clock = createManualClock();
    const { module } = await startModule({ clock });
    const settings = {
      source: brokenSource,
      clock,
      deadlineMs: 8_000,
      maxIccids: 100,
      maxReferences: 200,
      notFoundMs: 60_000,
      cacheScope: 'PRIVATE' as const,
      report: () => undefined,
    };
    const server = await startServer({
      module: {
        schema: module.schema,
        createContext: (operation = {}) => createContext(settings, operation),
      },
      authentication: openToAll,
      trusted: null,
      fastLane: null,
      health: createHealth(clock),
      host: '127.0.0.1',
      port: 0,
      introspection: true,
      pages: [],
      report,
    });
    onTestFinished(() => server.close());
    return async (query) => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { ...json, connection: 'close' },
        body: JSON.stringify({ query }),
      });
      return { status: response.status, body: await response.json() };
    };
  }

  it('is an error of its field that says nothing, and spoils none of its siblings', async () => {
    const ask = await startBroken();
    const fields = '{ ... on EsimUsage { iccid } ... on EsimUsageProblem { code } }';
    expect(
      await ask(`{
        good: esimUsage(iccid: "${good}") ${fields}
        bad: esimUsage(iccid: "${bad}") ${fields}
        unknown: esimUsage(iccid: "${unknown}") ${fields}
        invalid: esimUsage(iccid: "none") ${fields}
      }`),
    ).toEqual({
      status: 200,
      body: {
        data: {
          good: { iccid: good },
          bad: null,
          unknown: { code: 'NOT_FOUND' },
          invalid: { code: 'INVALID_ICCID' },
        },
        errors: [
          {
            message: 'Internal server error',
            locations: [{ line: 3, column: 9 }],
            path: ['bad'],
            extensions: { code: 'INTERNAL_SERVER_ERROR' },
          },
        ],
      },
    });
  });

  it('is told to whoever runs the gateway', async () => {
    const ended: OperationEnded[] = [];
    const ask = await startBroken((event) => ended.push(event));
    await ask(`{ esimUsage(iccid: "${bad}") { __typename } }`);
    await ask(`{ esimUsage(iccid: 5) { __typename } }`);
    await expect.poll(() => ended.length).toBe(2);
    expect(ended.map(({ code, bug }) => [code, bug?.message])).toEqual([
      ['INTERNAL_SERVER_ERROR', `secret detail of ${bad}`],
      ['BAD_USER_INPUT', undefined],
    ]);
  });

  it('outside of GraphQL is a 500 that says nothing', async () => {
    const { module } = await startModule();
    const server = await startServer({
      module,
      authentication: openToAll,
      trusted: null,
      fastLane: null,
      health: {
        readiness() {
          throw new Error('secret detail');
        },
      },
      host: '127.0.0.1',
      port: 0,
      introspection: false,
      pages: [],
      report: () => undefined,
    });
    onTestFinished(() => server.close());
    const response = await fetch(new URL('/health/ready', server.url), { headers: { connection: 'close' } });
    expect({ status: response.status, body: await response.json() }).toEqual(
      error(500, 'INTERNAL_SERVER_ERROR', 'Internal server error'),
    );
  });
});
