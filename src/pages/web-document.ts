import type { Page } from './page.js';

/** A document for browsers and what it is made of. Files are named by where they are in `dist`. */
export interface WebDocument {
  /** Where it is: a single segment, because everything that it loads is named in relation to it. */
  readonly path: string;
  readonly title: string;
  /** HTML of our own that stands in `main` until the script changes it. */
  readonly content: string;
  readonly styles: readonly string[];
  /** Scripts that are no modules, in the order in which they run, which is before the modules. */
  readonly libraries: readonly string[];
  /** The module to run, and then all modules that it imports. */
  readonly modules: readonly [string, ...string[]];
  /** What the module is told, as JSON in `script[type="application/json"]`. */
  readonly data: unknown;
  /** What its content security policy allows beside the server's own files. */
  readonly allowed?: { readonly styles?: readonly string[]; readonly images?: readonly string[] };
}

/** The icon of every document. */
const icon = 'browser/icon.svg';

/** The files that a document loads. */
export function filesOf({ styles, libraries, modules }: WebDocument): string[] {
  return [icon, ...styles, ...libraries, ...modules];
}

/** Writes a document as HTML. */
export function render(document: WebDocument): Page {
  const { path, title, content, styles, libraries, data } = document;
  const [entry, ...imported] = document.modules;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${icon}">
${lines(styles, (file) => `<link rel="stylesheet" href="${file}">`)}
${lines(libraries, (file) => `<script defer src="${file}"></script>`)}
${lines(imported, (file) => `<link rel="modulepreload" href="${file}">`)}
<script type="module" src="${entry}"></script>
</head>
<body>
<main>${content}</main>
<script type="application/json">${inScript(data)}</script>
</body>
</html>
`;
  return { path, contentType: 'text/html; charset=utf-8', body, contentSecurityPolicy: policyOf(document) };
}

function lines(files: readonly string[], write: (file: string) => string): string {
  return files.map(write).join('\n');
}

/** JSON in which nothing can end the script that it stands in. */
function inScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function policyOf({ allowed }: WebDocument): string {
  const own = (further: readonly string[] = []): string => ["'self'", ...further].join(' ');
  return [
    "default-src 'none'",
    `script-src ${own()}`,
    `style-src ${own(allowed?.styles)}`,
    `connect-src ${own()}`,
    `img-src ${own(allowed?.images)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
