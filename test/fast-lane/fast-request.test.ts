import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { plainLength, questionIn } from '../../src/server/fast-request.js';

type Head = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders'>;

const plainHeaders = { Host: 'gateway:4000', 'Content-Type': 'application/json', 'Content-Length': '42' };

/** A head with these headers; an array is one that comes more than once. */
function headOf(
  headers: Readonly<Record<string, string | readonly string[]>>,
  differing: Partial<Head> = {},
): Head {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value]),
  );
  return {
    method: 'POST',
    url: '/graphql',
    httpVersion: '1.1',
    headers: Object.fromEntries(pairs.map(([name = '', value]) => [name.toLowerCase(), value])),
    rawHeaders: pairs.flat(),
    ...differing,
  };
}

describe('a request that is plain', () => {
  it.each([
    ['as curl sends it', plainHeaders],
    [
      'as fetch sends it',
      { ...plainHeaders, Accept: '*/*', 'Accept-Encoding': 'gzip, deflate', Connection: 'keep-alive' },
    ],
    [
      'with a character set that says the same',
      { ...plainHeaders, 'Content-Type': 'application/json; charset=UTF-8' },
    ],
    ['of somebody', { ...plainHeaders, Authorization: 'Bearer x', 'X-Request-Id': 'a', Cookie: 'a=b' }],
  ])('is one %s', (_name, headers) => {
    expect(plainLength(headOf(headers))).toBe(42);
  });

  it.each<[string, Readonly<Record<string, string | readonly string[]>>, Partial<Head>?]>([
    ['a GET', plainHeaders, { method: 'GET' }],
    ['another path', plainHeaders, { url: '/graphql?query={a}' }],
    ['another spelling', plainHeaders, { url: '/GraphQL' }],
    ['HTTP/1.0', plainHeaders, { httpVersion: '1.0' }],
    ['no host', { ...plainHeaders, Host: [] }],
    ['two hosts', { ...plainHeaders, Host: ['a', 'b'] }],
    ['a host that is no name', { ...plainHeaders, Host: 'a b' }],
    ['two credentials', { ...plainHeaders, Authorization: ['Bearer x', 'Bearer y'] }],
    ['two types', { ...plainHeaders, 'Content-Type': ['application/json', 'text/plain'] }],
    ['another type', { ...plainHeaders, 'Content-Type': 'application/graphql-response+json' }],
    ['another character set', { ...plainHeaders, 'Content-Type': 'application/json; charset=utf-16' }],
    ['no length', { ...plainHeaders, 'Content-Length': [] }],
    ['two lengths', { ...plainHeaders, 'Content-Length': ['42', '42'] }],
    ['no body', { ...plainHeaders, 'Content-Length': '0' }],
    ['a length in another form', { ...plainHeaders, 'Content-Length': '+42' }],
    ['a body that is too large', { ...plainHeaders, 'Content-Length': '102401' }],
    ['chunks', { ...plainHeaders, 'Transfer-Encoding': 'chunked' }],
    ['a compressed body', { ...plainHeaders, 'Content-Encoding': 'gzip' }],
    ['an expectation', { ...plainHeaders, Expect: '100-continue' }],
    ['an upgrade', { ...plainHeaders, Upgrade: 'h2c' }],
    [
      'very many headers',
      { ...plainHeaders, ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`X-${at}`, '1'])) },
    ],
  ])('is not one with %s', (_name, headers, differing) => {
    expect(plainLength(headOf(headers, differing))).toBeNull();
  });
});

describe('a question that is plain', () => {
  const asked = (body: unknown): ReturnType<typeof questionIn> =>
    questionIn(Buffer.from(JSON.stringify(body)));

  it('has a query, and may have variables and a name', () => {
    expect(asked({ query: '{ a }' })).toEqual({ query: '{ a }', operationName: null, variables: {} });
    expect(asked({ query: '{ a }', operationName: null, variables: null })).toEqual(
      asked({ query: '{ a }' }),
    );
    expect(asked({ query: '{ a }', operationName: 'A', variables: { a: [1] } })).toEqual({
      query: '{ a }',
      operationName: 'A',
      variables: { a: [1] },
    });
  });

  it.each<[string, unknown]>([
    ['a list', [{ query: '{ a }' }]],
    ['a text', 'x'],
    ['null', null],
    ['nothing in it', {}],
    ['an empty query', { query: '' }],
    ['a query that is no text', { query: 5 }],
    ['extensions', { query: '{ a }', extensions: {} }],
    ['the id of a document', { query: '{ a }', documentId: 'x' }],
    ['variables that are no object', { query: '{ a }', variables: [1] }],
    ['a name that is no text', { query: '{ a }', operationName: 5 }],
    ['others than ASCII', { query: '{ a } # é' }],
    ['a prototype', { query: '{ a }', variables: { constructor: 1 } }],
  ])('is none of %s', (_name, body) => {
    expect(asked(body)).toBeNull();
  });

  it.each([
    ['no JSON', '{"query":"{ a }"'],
    ['a prototype', '{"query":"{ a }","__proto__":{}}'],
    ['an escaped character', '{"query":"{ a }","variables":{"\\u005f_proto__":{}}}'],
    ['what is no UTF-8', '{"query":"{ a }\xff"}'],
  ])('is no text with %s', (_name, text) => {
    expect(questionIn(Buffer.from(text, 'latin1'))).toBeNull();
  });
});
