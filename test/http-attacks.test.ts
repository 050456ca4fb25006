import { fleetIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { readAnswers, type WireAnswer } from './support/http-answers.js';
import { createLogLines } from './support/log-lines.js';
import { answerTo } from './support/raw-connection.js';
import { type StartedGateway, startGateway } from './support/start-gateway.js';

const json = 'Content-Type: application/json\r\n';
const body = '{"query":"{ __typename }"}';
const length = `Content-Length: ${body.length}\r\n`;
const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
/** What an attacker wants to be taken for a request of its own: it would be told 404. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
/** What the next client on the same connection asks. */
const next = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

const answered = '{"data":{"__typename":"Query"}}';
const live = '200 {"status":"live"}';
const error = (status: number, message: string, code: string): string =>
  `${status} ${JSON.stringify({ errors: [{ message, extensions: { code } }] })}`;
const unreadable = error(
  400,
  'The request cannot be read: expected a JSON object with a `query`.',
  'BAD_REQUEST',
);
const wrongType = error(415, 'The request is not application/json in plain UTF-8.', 'UNSUPPORTED_MEDIA_TYPE');
const nothing = error(404, 'There is nothing here.', 'NOT_FOUND');
const tooLong = error(
  431,
  'The address and the headers of the request are too long, or too many.',
  'HEADERS_TOO_LARGE',
);
const notAllowed = error(405, 'GraphQL is asked by GET or POST.', 'METHOD_NOT_ALLOWED');
const forged = expect.stringMatching(/^400 .*Cross-Site Request Forgery/);

/** What nobody outside may learn: the names of our files, stacks, and what we are made of. */
const innards = /node_modules|\.[jt]s:\d|\n +at |fastify|undici|^(server|x-powered-by|via):/im;

/** Sends bytes to a new gateway until it ends the connection: nothing of ours comes back, and nothing was asked of the upstream. */
async function attack(bytes: string): Promise<{ gateway: StartedGateway; answers: readonly WireAnswer[] }> {
  const gateway = await startGateway();
  const received = await answerTo(gateway.url, bytes);
  expect(received).not.toMatch(innards);
  const { answers, rest } = readAnswers(received);
  expect(rest).toBe('');
  expect(gateway.simulator.arrivals).toEqual([]);
  return { gateway, answers };
}

async function told(bytes: string): Promise<string[]> {
  const { answers } = await attack(bytes);
  return answers.map(({ status, text }) => `${status} ${text.trim()}`);
}

function post(headers: string, rest: string, path = '/graphql'): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${rest}`;
}

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
}

describe('a request within a request', () => {
  const chunked = 'Transfer-Encoding: chunked\r\n';

  it.each([
    ['a length and chunks', post(`${json}${length}${chunked}`, chunks)],
    ['chunks and a length', post(`${json}${chunked}Content-Length: 4\r\n`, `0\r\n\r\n`)],
    ['two lengths', post(`${json}${length}Content-Length: 0\r\n`, body)],
    ['the same length twice', post(`${json}${length}${length}`, body)],
    ['a list of lengths', post(`${json}Content-Length: ${body.length}, ${body.length}\r\n`, body)],
    ['a length with a sign', post(`${json}Content-Length: +${body.length}\r\n`, body)],
    ['a negative length', post(`${json}Content-Length: -1\r\n`, body)],
    ['a hexadecimal length', post(`${json}Content-Length: 0x1a\r\n`, body)],
    ['a length before a space', post(`${json}Content-Length : ${body.length}\r\n`, body)],
    ['chunks that are not the last coding', post(`${json}Transfer-Encoding: chunked, identity\r\n`, chunks)],
    ['two codings', post(`${json}${chunked}Transfer-Encoding: identity\r\n`, chunks)],
    ['a coding that there is not', post(`${json}Transfer-Encoding: xchunked\r\n`, chunks)],
    ['a coding behind a control character', post(`${json}Transfer-Encoding:\x0bchunked\r\n`, chunks)],
    ['a header on two lines', post(`${json}Transfer-Encoding:\r\n chunked\r\n`, chunks)],
    ['lines that end in a line feed', post(`${json}${length}`, body).replaceAll('\r\n', '\n')],
    ['a carriage return in a header', post(`${json}X: a\rContent-Length: 0\r\n${length}`, body)],
    ['NUL in a header', post(`${json}X: a\0\r\n${length}`, body)],
    ['NUL in the address', post(`${json}${length}`, body, '/graphql\0')],
    ['a chunk of more bytes than can be counted', post(`${json}${chunked}`, `fffffffffffffffff\r\n${body}`)],
    ['a chunk whose size has a prefix', post(`${json}${chunked}`, `0x${chunks}`)],
    ['a chunk whose size ends in a line feed', post(`${json}${chunked}`, chunks.replace('\r\n', '\n'))],
    [
      'a chunk with an endless extension',
      post(`${json}${chunked}`, chunks.replace('\r\n', `;${'x'.repeat(20_000)}\r\n`)),
    ],
    [
      'another length behind the last chunk',
      post(`${json}${chunked}`, chunks.replace(/\r\n$/, 'Content-Length: 5\r\n\r\n')),
    ],
  ])('C15 is refused, and nothing after it is read: %s', async (_name, bytes) => {
    expect(await told(bytes + hidden + next)).toEqual([unreadable]);
  });

  it.each([
    ['GET', get('/graphql', `Content-Length: ${hidden.length}\r\n`) + hidden, forged],
    ['GET of something else', get('/health/live', `Content-Length: ${hidden.length}\r\n`) + hidden, live],
    [
      'GET in chunks',
      `${get('/health/live', chunked)}${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
      live,
    ],
    [
      'a method that is not allowed',
      `DELETE /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      notAllowed,
    ],
  ])('C15 is part of a body, which only the one request can have: %s', async (_name, bytes, first) => {
    expect(await told(bytes + next)).toEqual([first, live]);
  });

  it('C15 is part of a body that is no JSON then, and nothing after it is read', async () => {
    const bytes = post(`${json}Content-Length: ${body.length + hidden.length}\r\n`, body + hidden);
    expect(await told(bytes + next)).toEqual([unreadable]);
  });

  it('C15 is not read after a request in chunks of HTTP/1.0, which has none', async () => {
    const bytes = post(`${json}Connection: keep-alive\r\n${chunked}`, chunks).replace('HTTP/1.1', 'HTTP/1.0');
    expect(await told(bytes + hidden + next)).toEqual([unreadable]);
  });

  it('C15 is one of its own when it comes after the first: each has its answer, in their order', async () => {
    expect(await told(post(`${json}${length}`, body) + hidden + next)).toEqual([
      `200 ${answered}`,
      nothing,
      live,
    ]);
  });

  it.each(['gzip, chunked', 'deflate, chunked', 'chunked, chunked'])(
    'C12 a body that was encoded on its way is refused: %s',
    async (coding) => {
      const [first] = await told(post(`${json}Transfer-Encoding: ${coding}\r\n`, chunks) + next);
      expect([wrongType, unreadable]).toContain(first);
    },
  );
});

describe('a head that two readers could understand in two ways', () => {
  it.each([
    ['no host', `POST /graphql HTTP/1.1\r\n${json}${length}\r\n${body}`, unreadable],
    ['no host of a GET', 'GET /health/live HTTP/1.1\r\n\r\n', unreadable],
    ['two types', post(`${json}Content-Type: text/plain\r\n${length}`, body), wrongType],
    ['two types, the first wrong', post(`Content-Type: text/plain\r\n${json}${length}`, body), wrongType],
    [
      'two character sets',
      post(`Content-Type: application/json;charset=utf-8;charset=utf-7\r\n${length}`, body),
      wrongType,
    ],
    ['UTF-7', post(`Content-Type: application/json;charset=utf-7\r\n${length}`, body), wrongType],
    ['201 headers', post(`${json}${length}${'a:\r\n'.repeat(198)}`, body), tooLong],
    ['10,000 headers', post(`${json}${length}${'a:\r\n'.repeat(10_000)}`, body), tooLong],
    [
      'another expectation',
      post(`${json}${length}Expect: nonsense\r\n`, body),
      error(417, 'Nothing can be expected but 100-continue.', 'EXPECTATION_FAILED'),
    ],
  ])('C12, C15 is refused, and nothing after it is read: %s', async (_name, bytes, refusal) => {
    expect(await told(bytes + next)).toEqual([refusal]);
  });

  it.each([
    ['a list of types', post(`Content-Type: application/json, text/plain\r\n${length}`, body), wrongType],
    [
      'the type of an answer',
      post(`Content-Type: application/graphql-response+json\r\n${length}`, body),
      wrongType,
    ],
    [
      'a type in a parameter',
      post(`Content-Type: text/plain; x=application/json\r\n${length}`, body),
      wrongType,
    ],
    ['an empty type', post(`Content-Type:\r\n${length}`, body), wrongType],
  ])('C12 is refused: %s', async (_name, bytes, refusal) => {
    expect(await told(bytes + next)).toEqual([refusal, live]);
  });

  it('200 headers are read', async () => {
    expect(await told(post(`${json}${length}${'a:\r\n'.repeat(197)}`, body) + next)).toEqual([
      `200 ${answered}`,
      live,
    ]);
  });

  it('HTTP/1.0 needs no host', async () => {
    expect(await told('GET /health/live HTTP/1.0\r\n\r\n')).toEqual([live]);
  });

  it('a client that expects 100-continue is told so, and then its answer', async () => {
    expect(await told(post(`${json}${length}Expect: 100-continue\r\n`, body) + next)).toEqual([
      '100 ',
      `200 ${answered}`,
      live,
    ]);
  });
});

describe('what is not asked of this server', () => {
  it.each([
    [
      'an upgrade to WebSocket',
      get('/graphql', 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n'),
      forged,
    ],
    [
      'an upgrade to HTTP/2',
      post(
        `${json}${length}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n`,
        body,
      ),
      `200 ${answered}`,
    ],
  ])('C15 is answered in HTTP/1.1: %s', async (_name, bytes, answer) => {
    expect(await told(bytes)).toEqual([answer]);
  });

  it.each([
    ['TRACE', 'TRACE /graphql HTTP/1.1\r\nHost: x\r\nX-Secret: secret\r\n\r\n', nothing],
    ['OPTIONS of everything', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', nothing],
    ['PROPFIND', 'PROPFIND /graphql HTTP/1.1\r\nHost: x\r\n\r\n', nothing],
    ['QUERY', post(`${json}${length}`, body).replace('POST', 'QUERY'), nothing],
    ['POST of a state of health', post(`${json}${length}`, body, '/health/live'), nothing],
  ])('C14, C15 is refused as any other request: %s', async (_name, bytes, answer) => {
    expect(await told(bytes + next)).toEqual([answer, live]);
  });

  it.each([
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    'FOO /graphql HTTP/1.1\r\nHost: x\r\n\r\n',
  ])('C15 is no HTTP/1.1: %j', async (bytes) => {
    expect(await told(bytes + next)).toEqual([unreadable]);
  });

  it.each(['evil.example:443', '/graphql', '127.0.0.1:22'])(
    'C15 CONNECT to %s is closed without a word',
    async (target) => {
      expect(await told(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n${next}`)).toEqual([]);
    },
  );

  it.each([
    ['POST', 'X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\nX-Method-Override: DELETE\r\n'],
    ['POST', 'X-Original-URL: /hidden\r\nX-Rewrite-URL: /hidden\r\nX-Original-Method: DELETE\r\n'],
    [
      'POST',
      'X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nForwarded: host=evil.example\r\n',
    ],
    [
      'POST',
      'X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: ::1\r\nTrue-Client-IP: x\r\nX-Forwarded-Prefix: /hidden\r\n',
    ],
    ['POST', '__proto__: x\r\nconstructor: x\r\nprototype: x\r\ntoString: x\r\n'],
    [
      'POST',
      'Range: bytes=0-3\r\nIf-None-Match: *\r\nIf-Match: "x"\r\nIf-Modified-Since: x\r\nTE: trailers\r\n',
    ],
    ['POST', 'Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=9999\r\nConnection: content-type\r\n'],
  ])('C14, C15 headers that other servers obey change nothing of a %s: %j', async (_method, headers) => {
    const { answers } = await attack(post(json + length + headers, body) + next);
    const { answers: plain } = await attack(post(json + length, body) + next);
    const known = (answer: WireAnswer | undefined) => ({
      ...answer,
      headers: { ...answer?.headers, date: '', 'x-request-id': '' },
    });
    expect(answers.map(known)).toEqual(plain.map(known));
    expect(answers.map(({ text }) => text.trim())).toEqual([answered, '{"status":"live"}']);
  });

  it('C14 a GET is no POST, whatever its headers and its address say', async () => {
    const path = '/graphql?query={__typename}&_method=POST';
    const headers = 'X-HTTP-Method-Override: POST\r\nX-HTTP-Method: POST\r\n';
    expect(await told(get(path, headers) + next)).toEqual([forged, live]);
  });
});

describe('another way to write an address', () => {
  const asked = `200 ${answered}`;

  it.each([
    '/graphql/',
    '//graphql',
    '/./graphql',
    '/x/../graphql',
    '/graphql/..',
    '/graphql;x',
    '/graphql;?x',
    '/graphql%2f',
    '/graphql%3fx',
    '/graphql%23',
    '/graphql%00',
    '/GRAPHQL',
    '/Graphql',
    '/graphql\\',
    '/graphql.json',
    '/%2fgraphql',
    '/%2567raphql',
    '/health',
    '/HEALTH/live',
    '/health/live/',
    '/health//live',
    '/health/live/../ready',
    '/health/live%2e',
    '/__proto__',
    '/constructor',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/metrics',
    'http://evil.example/hidden',
  ])('C15 leads to nothing: %s', async (path) => {
    expect(await told(post(json + length, body, path) + next)).toEqual([nothing, live]);
    expect(await told(get(path) + next)).toEqual([nothing, live]);
  });

  it.each(['graphql', '?query={__typename}', '\\graphql', '/graphql x', ''])(
    'C15 is none: %j',
    async (path) => {
      expect(await told(`POST ${path} HTTP/1.1\r\nHost: x\r\n${json}${length}\r\n${body}`)).toEqual([
        unreadable,
      ]);
    },
  );

  it.each(['/%67raphql', '/graphql?', '/graphql?x=/hidden', 'http://evil.example/graphql', '/graphql#x'])(
    'C15 leads to the same GraphQL, with the same checks: %s',
    async (path) => {
      expect(await told(post(json + length, body, path) + next)).toEqual([asked, live]);
      expect(await told(get(path) + next)).toEqual([forged, live]);
      expect(await told(post(`Content-Type: text/plain\r\n${length}`, body, path) + next)).toEqual([
        wrongType,
        live,
      ]);
    },
  );
});

describe('a web page that would ask in its visitor’s name', () => {
  const query = encodeURIComponent(`{ esimUsage(iccid: "${fleetIccids(1)[0]}") { __typename } }`);
  const form = `query=${query}`;

  it.each([
    ['a link', ''],
    ['plain text', 'Content-Type: text/plain\r\n'],
    ['plain text with JSON’s name in it', 'Content-Type: text/plain; application/json\r\n'],
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\n'],
    ['a form with files', 'Content-Type: multipart/form-data; boundary=x\r\n'],
    ['a type in capitals', 'Content-Type: TEXT/PLAIN\r\n'],
    ['an empty type', 'Content-Type:\r\n'],
    ['an empty header', 'apollo-require-preflight:\r\n'],
    [
      'a cookie and an origin',
      'Cookie: session=x\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n',
    ],
  ])('C12, C14 is refused a GET: %s', async (_name, headers) => {
    expect(await told(get(`/graphql?${form}`, headers) + next)).toEqual([forged, live]);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', form],
    ['plain text', 'text/plain', body],
    ['plain text with JSON’s name in it', 'text/plain; application/json', body],
    ['a form with files', 'multipart/form-data; boundary=x', `--x\r\n\r\n${body}\r\n--x--`],
  ])('C12 is refused a POST: %s', async (_name, type, text) => {
    const bytes = post(`Content-Type: ${type}\r\nContent-Length: ${text.length}\r\n`, text);
    expect(await told(bytes + next)).toEqual([wrongType, live]);
  });

  it('C14 is not told that another site may ask, nor shown an answer', async () => {
    const preflight =
      'OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n' +
      'Access-Control-Request-Headers: content-type\r\n\r\n';
    const { answers } = await attack(
      preflight + post(`${json}${length}Origin: https://evil.example\r\n`, body) + next,
    );
    expect(answers.map(({ status }) => status)).toEqual([405, 200, 200]);
    const names = answers.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => name.startsWith('access-control-') || name === 'set-cookie')).toEqual([]);
  });
});

describe('an id of a request', () => {
  const ownId = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

  it.each([
    'a%0d%0aSet-Cookie: x=1',
    'a b',
    'a"b',
    "a'b",
    'a\\nb',
    'a\tb',
    '<script>',
    '{"level":60}',
    '\xc3\xa9',
    'x'.repeat(65),
    '',
  ])(
    'C15 that could be taken for something else is replaced, before it is answered or logged: %j',
    async (id) => {
      const { gateway, answers } = await attack(post(`${json}${length}X-Request-Id: ${id}\r\n`, body) + next);
      const [first] = answers;
      expect(first?.headers['x-request-id']).toMatch(ownId);
      expect(gateway.ended.map(({ requestId }) => requestId)).toEqual([first?.headers['x-request-id']]);
    },
  );

  it('C15 that comes twice is replaced', async () => {
    const headers = `${json}${length}X-Request-Id: a\r\nX-Request-Id: b\r\n`;
    const { answers } = await attack(post(headers, body) + next);
    expect(answers[0]?.headers['x-request-id']).toMatch(ownId);
  });

  it.each(['a\r\n Set-Cookie: x=1', 'a\rSet-Cookie: x=1', 'a\nSet-Cookie: x=1\r', '\x1b[31m', 'a\0'])(
    'C15 with control characters in it is no header: %j',
    async (id) => {
      const { answers } = await attack(post(`${json}${length}X-Request-Id: ${id}\r\n`, body) + next);
      expect(answers.flatMap(({ headers }) => headers['set-cookie'] ?? [])).toEqual([]);
      expect(answers.map(({ status }) => status)).toEqual([400]);
    },
  );

  it.each(['__proto__', 'constructor', 'a.b:c-d_e'])('that is harmless is kept: %s', async (id) => {
    const { gateway, answers } = await attack(post(`${json}${length}X-Request-Id: ${id}\r\n`, body) + next);
    expect(answers[0]?.headers['x-request-id']).toBe(id);
    expect(gateway.ended.map(({ requestId }) => requestId)).toEqual([id]);
  });
});

describe('what a client could write into a log', () => {
  const evil = 'x\r\n{"level":60,"msg":"forged"}\u001b[2J\u2028';

  it.each([
    ['an operation’s name', { query: 'query A { __typename }', operationName: evil }],
    ['a document', { query: `{ ${evil} }` }],
    [
      'a variable',
      {
        query: 'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { __typename } }',
        variables: { iccid: evil },
      },
    ],
    ['an extension', { query: '{ __typename }', extensions: { [evil]: evil } }],
  ])('C3, C11 is one line that it is not in: %s', async (_name, asked) => {
    const gateway = await startGateway();
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    };
    await gateway.send(`/graphql?${encodeURIComponent(evil)}`, request);
    await expect.poll(() => gateway.ended.length).toBe(1);
    const { lines, report } = createLogLines('trace');
    for (const event of [...gateway.events, ...gateway.ended]) report(event);
    expect(lines.map((line) => line.indexOf('\n'))).toEqual(lines.map((line) => line.length - 1));
    expect(lines.filter((line) => /forged|\p{Cc}(?!$)|\u2028/u.test(line))).toEqual([]);
  });

  it('is how long each operation took, too', async () => {
    const { ask, ended } = await startGateway();
    await ask('{ __typename }');
    await expect.poll(() => ended.length).toBe(1);
    expect(ended[0]?.tookMs).toBeGreaterThan(0);
  });
});

describe('ways to the schema that is not shown', () => {
  it.each([
    ['through a fragment', '{ ...a } fragment a on Query { __schema { types { name } } }'],
    ['through an inline fragment', '{ ... on Query { ... { __schema { types { name } } } } }'],
    ['through an alias', '{ typename: __schema { types { name } } }'],
    ['of a type', '{ __type(name: "EsimUsage") { fields { name } } }'],
    ['of a type in a fragment', '{ ...a } fragment a on Query { __type(name: "Query") { name } }'],
    ['under a directive', '{ __schema @include(if: true) { queryType { name } } }'],
    ['behind a condition', 'query ($if: Boolean = false) { __schema @skip(if: $if) { queryType { name } } }'],
    ['in another operation', 'query A { __typename } query B { __schema { queryType { name } } }'],
    ['of the subgraph', '{ _service { sdl } }'],
  ])('C20 there is none: %s', async (_name, query) => {
    const { ask, simulator } = await startGateway();
    const answer = await ask(query);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    });
    expect(Object.keys(Object(answer.body))).toEqual(['errors']);
    expect(simulator.arrivals).toEqual([]);
  });

  it.each([
    ['a field', '{ esimUsag(iccid: "1") { __typename } }'],
    ['a field of a type', '{ esimUsage(iccid: "1") { ... on EsimUsage { statu } } }'],
    ['a field of a union', '{ esimUsage(iccid: "1") { status } }'],
    ['an argument', '{ esimUsage(icci: "1") { __typename } }'],
    ['a type', '{ esimUsage(iccid: "1") { ... on EsimUsag { __typename } } }'],
    ['the type of a variable', 'query ($a: ICCI!) { esimUsage(iccid: $a) { __typename } }'],
    ['a directive', '{ __typename @skp(if: true) }'],
    ['an argument of a directive', '{ __typename @skip(iff: true) }'],
    ['a variable', 'query ($iccid: ICCID!) { esimUsage(iccid: $icci) { __typename } }'],
    ['an argument of the type of another', '{ esimUsages(iccid: "1") { __typename } }'],
  ])('C20 no name is helped with: %s', async (_name, query) => {
    const { ask, simulator } = await startGateway();
    const { status, body: answer } = await ask(query);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).not.toMatch(/did you mean|perhaps|use an inline fragment/i);
    expect(simulator.arrivals).toEqual([]);
  });
});
