import { createHash } from 'node:crypto';

/** What is answered to GET at one path. */
export interface Page {
  /** Exactly where it is. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** What a document may load and do. Null for what is no document. */
  readonly contentSecurityPolicy: string | null;
}

/** The headers that a page is answered with, by their names in lower case. */
export type PageHeaders = Readonly<Record<string, string>> & { readonly etag: string };

/** What a browser should know of a page: never to guess its type, and to ask whether it is still the same before it shows it again. */
export function headersOf({ body, contentType, contentSecurityPolicy }: Page): PageHeaders {
  const digest = createHash('sha256').update(body).digest('base64url');
  return {
    'content-type': contentType,
    etag: `"${digest}"`,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(contentSecurityPolicy !== null && { 'content-security-policy': contentSecurityPolicy }),
  };
}

/** Whether a client that sends this `If-None-Match` has what has this ETag. */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((text) => text.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}
