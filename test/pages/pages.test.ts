import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { createExplorer } from '../../src/pages/explorer.js';
import { readPages } from '../../src/pages/pages.js';
import { render, type WebDocument } from '../../src/pages/web-document.js';
import { simulated } from '../support/example-answers.js';
import { answerTo } from '../support/raw-connection.js';
import { startGateway } from '../support/start-gateway.js';

const pages = readPages([createExplorer({ simulated })]);

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}
type Send = (
  path: string,
  headers?: Readonly<Record<string, string>>,
  method?: 'GET' | 'HEAD',
) => Promise<Received>;

async function start(served = pages): Promise<Send> {
  const { url } = await startGateway({ pages: served });
  return async (path, headers = {}, method = 'GET') => {
    const answer = await request(new URL(path, url), { method, headers, reset: true });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
}

function errorText(code: string, message: string): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}
const nothing = errorText('NOT_FOUND', 'There is nothing here.');
const notAllowed = errorText('METHOD_NOT_ALLOWED', 'Pages are read by GET.');

describe('the pages of the explorer', () => {
  it('are a document and the files that it loads, each once', () => {
    expect(pages.map(({ path, contentType }) => [path, contentType])).toEqual([
      ['/', 'text/html; charset=utf-8'],
      ['/browser/icon.svg', 'image/svg+xml'],
      ['/browser/vendor/graphiql.css', 'text/css; charset=utf-8'],
      ['/browser/explorer.css', 'text/css; charset=utf-8'],
      ['/browser/vendor/react.js', 'text/javascript; charset=utf-8'],
      ['/browser/vendor/react-dom.js', 'text/javascript; charset=utf-8'],
      ['/browser/vendor/graphiql.js', 'text/javascript; charset=utf-8'],
      ['/browser/explorer.js', 'text/javascript; charset=utf-8'],
      ['/browser/document-data.js', 'text/javascript; charset=utf-8'],
      ['/browser/name-editors.js', 'text/javascript; charset=utf-8'],
    ]);
  });

  it('share their files with other documents', () => {
    const explorer = createExplorer({ simulated });
    const shared = readPages([explorer, { ...explorer, path: '/other' }]).map(({ path }) => path);
    expect(shared.toSorted()).toEqual([...pages.map(({ path }) => path), '/other'].toSorted());
  });

  it('name no other place: everything comes from this server', () => {
    const own = pages.filter(({ path }) => !path.includes('/vendor/'));
    const places = own.flatMap(({ body }) => body.match(/\w+:\/\/[^"'\s]*/g) ?? []);
    // A name and no address: the icon's namespace.
    expect(places).toEqual(['http://www.w3.org/2000/svg']);
  });

  it('are answered with what a browser may do with them, and whole', async () => {
    const send = await start();
    for (const page of pages) {
      const { status, headers, text } = await send(page.path);
      expect([status, text === page.body]).toEqual([200, true]);
      expect(headers).toMatchObject({
        'content-type': page.contentType,
        'content-length': String(Buffer.byteLength(page.body)),
        'cache-control': 'no-cache',
        etag: expect.stringMatching(/^"[\w-]{43}"$/),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it('let a document load nothing but the server’s files, and be framed by nobody', async () => {
    const send = await start();
    const { headers } = await send('/');
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='",
      "connect-src 'self'",
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('are not sent again to who has them', async () => {
    const send = await start();
    for (const { path } of pages) {
      const { etag, ...headers } = (await send(path)).headers;
      const known = String(etag);
      for (const ifNoneMatch of [known, `W/${known}`, `"other", ${known}`, '*']) {
        const again = await send(path, { 'if-none-match': ifNoneMatch });
        expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
        expect(again.headers['content-security-policy']).toBe(headers['content-security-policy']);
      }
      expect((await send(path, { 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it('are the same whatever a query and a host say', async () => {
    const send = await start();
    const { text } = await send('/');
    const others = [
      send('/?query={__typename}'),
      send('/', { host: 'example.com' }),
      send('/', { 'x-forwarded-host': 'example.com', 'x-forwarded-prefix': '/other' }),
      send('/', { accept: 'application/json' }),
    ];
    for (const other of await Promise.all(others)) expect(other).toMatchObject({ status: 200, text });
  });
});

describe('beside the pages', () => {
  it.each([
    '//',
    '/index.html',
    '/explorer',
    '/browser',
    '/browser/',
    '/browser/vendor/',
    '/browser/explorer.js/',
    '/Browser/explorer.js',
    '/browser//explorer.js',
    '/browser/./explorer.js',
    '/browser/vendor/../explorer.js',
    '/browser/../package.json',
    '/browser/%2e%2e/main.js',
    '/browser/..%2fmain.js',
    '/browser/..\\main.js',
    '/browser/explorer.js%00',
    '/browser/explorer.js.map',
    '/browser/vendor/LICENSES.txt',
    '/main.js',
    '/package.json',
  ])('there is nothing at %s', async (path) => {
    const { url } = await startGateway({ pages });
    const answer = await answerTo(url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer.split('\r\n\r\n')[1]).toBe(nothing);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is not allowed', async (method) => {
    const { send, answers } = await startGateway({ pages });
    for (const path of ['/', '/browser/explorer.js']) {
      expect((await send(path, { method })).status).toBe(405);
      expect(answers.at(-1)).toMatchObject({ text: notAllowed, headers: { allow: 'GET' } });
    }
  });

  it('HEAD is not allowed, as it is nowhere', async () => {
    const send = await start();
    const { status, headers } = await send('/', {}, 'HEAD');
    expect([status, headers.allow, headers['content-type']]).toEqual([
      405,
      'GET',
      'application/json; charset=utf-8',
    ]);
  });

  it('GraphQL is answered as without them', async () => {
    const { ask } = await startGateway({ pages });
    expect(await ask('{ __typename }')).toEqual({ status: 200, body: { data: { __typename: 'Query' } } });
  });
});

it('there is nothing at / where no pages are served', async () => {
  const send = await start(readPages([]));
  for (const { path } of pages) expect(await send(path)).toMatchObject({ status: 404, text: nothing });
});

describe('a document', () => {
  const document: WebDocument = {
    path: '/x',
    title: 'X',
    content: '',
    styles: [],
    libraries: [],
    modules: ['browser/explorer.js'],
    data: null,
  };

  it('tells its script data that cannot end it', () => {
    const data = { text: '</script><!--<script>alert(1)</script>' };
    const { body } = render({ ...document, data });
    const [, json = ''] = /<script type="application\/json">([^<]*)<\/script>/.exec(body) ?? [];
    expect(JSON.parse(json)).toEqual(data);
  });

  it('may load only the server’s files, unless it says what else', () => {
    expect(render(document).contentSecurityPolicy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it('cannot be read with a file that was not built, or of a type that no browser is to load', () => {
    expect(() => readPages([{ ...document, modules: ['browser/missing.js'] }])).toThrow(/ENOENT/);
    expect(() => readPages([{ ...document, styles: ['browser/explorer.js.map'] }])).toThrow(
      'expected a script, a style or an icon, got browser/explorer.js.map',
    );
  });
});
