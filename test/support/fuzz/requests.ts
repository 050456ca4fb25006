import fc from 'fast-check';
import { bodies } from './bodies.js';
import { documents } from './documents.js';
import { mutated } from './mutations.js';

/** Bytes for one connection, a character each. */
export interface Shot {
  readonly kind: 'document' | 'body' | 'address' | 'headers' | 'stream';
  readonly bytes: string;
  /** Whether it is one request in good order, so that it has one answer and the connection goes on. */
  readonly isInOrder: boolean;
}

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

function post(body: string, headers = '', path = '/graphql'): string {
  const bytes = bytesOf(body);
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n${bytes}`;
}

const oddHeaders = fc
  .oneof(
    fc
      .tuple(
        fc.constantFrom(
          ...'Content-Type Content-Length Content-Encoding Transfer-Encoding Accept Accept-Encoding Host Connection Expect Upgrade'.split(
            ' ',
          ),
          ...'X-Request-Id X-Forwarded-Host X-HTTP-Method-Override Origin Cookie TE Trailer Range If-None-Match traceparent __proto__'.split(
            ' ',
          ),
          ...'Authorization apollo-require-preflight apollographql-client-name apollo-federation-include-trace constructor'.split(
            ' ',
          ),
        ),
        fc.oneof(
          fc.constantFrom(
            'application/json',
            'text/plain',
            'application/json; charset=utf-16',
            'multipart/mixed',
            'application/graphql-response+json',
            '*/*;q=0',
            'a/b;q=x',
            ',,,',
            '0',
            '-1',
            '5, 5',
            '1e3',
            '99999999999999999999',
            'chunked',
            'gzip, chunked',
            'identity',
            'close',
            'keep-alive, Upgrade',
            'websocket',
            'h2c',
            '100-continue',
            '[::1',
            'a b',
            'x:99999',
            'ftv1',
            'bytes=0-',
            '"',
            '',
          ),
          fc.string({ unit: 'binary-ascii', maxLength: 30 }),
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.constantFrom('x'.repeat(9_000), 'a,'.repeat(3_000)),
        ),
      )
      .map(([name, value]) => `${name}: ${value}\r\n`),
    fc.constantFrom(
      ' folded\r\n',
      ': nameless\r\n',
      'no colon\r\n',
      'Space : x\r\n',
      'a:\r\n'.repeat(300),
      'X: a\rb\r\n',
      'X: \0\r\n',
      '\n',
    ),
  )
  .map(bytesOf);

/** All that can arrive. `iccids` are those of eSIMs that may be asked for. */
export function shots(iccids: readonly string[]): fc.Arbitrary<Shot> {
  const document = documents(iccids);
  const body = bodies(document, iccids);
  const whole = body.map((text) => post(text));

  const parameter = fc.tuple(
    fc.constantFrom(
      ...Array<string>(12).fill('query'),
      'variables',
      'operationName',
      'extensions',
      '__proto__',
      'query[]',
      '',
    ),
    fc.oneof(
      { weight: 4, arbitrary: document.filter((text) => text.length < 3_000) },
      fc.constantFrom('{}', 'null', '[', '{"__proto__":1}'),
    ),
  );
  const search = fc
    .array(parameter, { minLength: 1, maxLength: 3 })
    .map((list) =>
      list.map(([name, value]) => `${name}=${encodeURIComponent(Buffer.from(value).toString())}`).join('&'),
    );
  const path = fc.oneof(
    { weight: 8, arbitrary: search.map((text) => `/graphql?${text}`) },
    mutated(
      fc.constantFrom(
        '/graphql',
        '/health/live',
        '/health/ready',
        '/graphql?query={__typename}',
        'http://x/graphql',
        '/',
      ),
    ).map((text) => encodeURI(Buffer.from(text).toString())),
  );
  const headersOfGet = fc.constantFrom(
    '',
    'apollo-require-preflight: 1\r\n',
    'apollo-require-preflight: 1\r\nAccept: application/json\r\n',
  );

  const withHeaders = fc
    .tuple(whole, fc.array(oddHeaders, { minLength: 1, maxLength: 4 }), fc.nat(3))
    .map(([bytes, headers, line]) => {
      const lines = bytes.split('\r\n');
      return [...lines.slice(0, 1 + line), headers.join('') + lines.slice(1 + line).join('\r\n')].join(
        '\r\n',
      );
    });
  const ordinary = fc.oneof(
    whole,
    fc.constantFrom(
      'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
      post('{"query":"{ __typename }"}'),
      '\r\n',
      '\0',
      '0\r\n\r\n',
    ),
  );
  const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const inChunks = fc
    .tuple(
      body,
      fc.constantFrom('', ';a=b', ';', ' ', ';"\r\n"'),
      fc.constantFrom('', 'X: y\r\n', 'Content-Length: 1\r\n'),
    )
    .map(([text, extension, trailer]) => {
      const bytes = bytesOf(text);
      return `${head}Transfer-Encoding: chunked\r\n\r\n${bytes.length.toString(16)}${extension}\r\n${bytes}\r\n0\r\n${trailer}\r\n`;
    });
  const smuggled = fc
    .tuple(
      fc.constantFrom('chunked', ' chunked', 'xchunked', 'chunked, chunked', 'chunked\r\n '),
      fc.nat(200),
      ordinary,
    )
    .map(
      ([coding, length, hidden]) =>
        `${head}Transfer-Encoding: ${coding}\r\nContent-Length: ${length}\r\n\r\n0\r\n\r\n${hidden}`,
    );
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.constantFrom(
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
      '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
      `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`,
    ),
  );
  const stream = fc
    .array(fc.oneof({ weight: 4, arbitrary: ordinary }, inChunks, smuggled, garbage, withHeaders), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join(''));

  const isInOrder = true;
  return fc.oneof(
    {
      weight: 5,
      arbitrary: document.map(
        (query): Shot => ({ kind: 'document', bytes: post(JSON.stringify({ query })), isInOrder }),
      ),
    },
    { weight: 6, arbitrary: whole.map((bytes): Shot => ({ kind: 'body', bytes, isInOrder })) },
    {
      weight: 3,
      arbitrary: fc.tuple(path, headersOfGet).map(
        ([target, headers]): Shot => ({
          kind: 'address',
          bytes: `GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`,
          isInOrder: /^\S*$/.test(target) && target.length < 12_000,
        }),
      ),
    },
    {
      weight: 3,
      arbitrary: withHeaders.map((bytes): Shot => ({ kind: 'headers', bytes, isInOrder: false })),
    },
    {
      weight: 3,
      arbitrary: mutated(stream).map(
        (bytes): Shot => ({ kind: 'stream', bytes: bytes.replace(/[^\0-\xff]/g, '\xff'), isInOrder: false }),
      ),
    },
  );
}
