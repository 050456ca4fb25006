import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licencesOf } from './licences.js';

// Puts beside the compiled modules what the pages need and no compiler makes: styles, icons, and the libraries they use.

const source = fileURLToPath(new URL('../src/browser/', import.meta.url));
const target = fileURLToPath(new URL('../dist/browser/', import.meta.url));

for (const name of readdirSync(source).filter((file) => /\.(css|svg)$/.test(file)))
  copyFileSync(join(source, name), join(target, name));

const libraries = {
  'react.js': new URL('umd/react.production.min.js', import.meta.resolve('react/package.json')),
  'react-dom.js': new URL('umd/react-dom.production.min.js', import.meta.resolve('react-dom/package.json')),
  'graphiql.js': new URL('graphiql.min.js', import.meta.resolve('graphiql/package.json')),
  'graphiql.css': new URL('graphiql.min.css', import.meta.resolve('graphiql/package.json')),
};
mkdirSync(join(target, 'vendor'), { recursive: true });
for (const [name, file] of Object.entries(libraries))
  writeFileSync(join(target, 'vendor', name), withoutFonts(withoutSourceMap(readFileSync(file, 'utf8'))));
writeFileSync(
  join(target, 'vendor', 'LICENSES.txt'),
  licencesOf(Object.values(libraries).map((url) => fileURLToPath(url))),
);

/** The map is not served, so nobody shall be sent for it. */
function withoutSourceMap(text: string): string {
  return text.replace(/^\/[/*]# sourceMappingURL=.*$/m, '');
}

/** The pages are set in the system's own fonts. A library's would be 350 KB, under licences of their own. */
function withoutFonts(text: string): string {
  return text.replace(/@font-face\s*\{[^}]*\}/g, '');
}
