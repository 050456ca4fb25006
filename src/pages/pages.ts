import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Page } from './page.js';
import { filesOf, render, type WebDocument } from './web-document.js';

/** Where the build puts it all, for this module as it stands in `src` and in `dist`. */
const folder = new URL('../../dist/', import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** These documents and every file that they load, each once. Throws when one of the files was not built. */
export function readPages(documents: readonly WebDocument[]): Page[] {
  const files = new Set(documents.flatMap(filesOf));
  return [...documents.map(render), ...[...files].map(readFile)];
}

function readFile(file: string): Page {
  const contentType = contentTypes[extname(file)];
  if (contentType === undefined) throw new TypeError(`expected a script, a style or an icon, got ${file}`);
  return {
    path: `/${file}`,
    contentType,
    body: readFileSync(new URL(file, folder), 'utf8'),
    contentSecurityPolicy: null,
  };
}
