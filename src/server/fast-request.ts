import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Question } from '../fast-lane/lane.js';
import { graphqlPath } from './graphql-route.js';
import { maxBodyBytes } from './http-errors.js';

/** Browsers and routers send some thirty. */
const mostRawHeaders = 2 * 60;
const plainTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
]);
/** What there is about a body beside these is not plain. */
const unwanted = ['content-encoding', 'transfer-encoding', 'expect', 'upgrade', 'trailer'];
/** Of these one request has one at most. */
const single = ['host', 'content-type', 'content-length', 'authorization'];
/** Bits that tell which headers have been seen: all that are unwanted have one, which no request may set. */
const unwantedMark = 1;
const marks: ReadonlyMap<string, number> = new Map([
  ...unwanted.map((name) => [name, unwantedMark] as const),
  ...single.map((name, at) => [name, 2 << at] as const),
]);
const members: ReadonlySet<string> = new Set(['query', 'variables', 'operationName']);

/** The length of the body of a request that is plainly GraphQL's, in a small JSON body. Null for every other. */
export function plainLength(
  request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders'>,
): number | null {
  const { method, url, httpVersion, headers, rawHeaders } = request;
  if (method !== 'POST' || url !== graphqlPath || httpVersion !== '1.1') return null;
  if (!plainTypes.has((headers['content-type'] ?? '').toLowerCase()) || !isPlain(rawHeaders)) return null;
  // The other way builds a URL from it, and refuses what cannot be one.
  if (!/^[\w.-]+(:\d{1,5})?$/.test(headers.host ?? '')) return null;
  const length = headers['content-length'] ?? '';
  return /^[1-9]\d{0,5}$/.test(length) && Number(length) <= maxBodyBytes ? Number(length) : null;
}

/** Whether no header is there twice, or at all, that two readers could understand in two ways. */
function isPlain(rawHeaders: readonly string[]): boolean {
  if (rawHeaders.length > mostRawHeaders) return false;
  let seen = unwantedMark;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const mark = marks.get(rawHeaders[at]?.toLowerCase() ?? '') ?? 0;
    if ((seen & mark) !== 0) return false;
    seen |= mark;
  }
  return true;
}

/** What a body asks. Null where that is not plain: other members than these, or characters that are written in more than one way. */
export function questionIn(bytes: Buffer): Question | null {
  if (!isAscii(bytes)) return null;
  const text = bytes.toString('latin1');
  // What the other way looks for, under every name that it could have.
  if (/\\u|__proto__|constructor/.test(text)) return null;
  const body = parse(text);
  if (body === null) return null;
  for (const name of Object.keys(body)) if (!members.has(name)) return null;
  const { query, variables = null, operationName = null } = body;
  if (typeof query !== 'string' || query === '') return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== null && !isObject(variables)) return null;
  return { query, operationName, variables: variables ?? {} };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
