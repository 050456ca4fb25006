import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));

/** The notices of the packages that these files of `node_modules` come from, and of every package that webpack says is bundled in them. */
export function licencesOf(files: readonly string[]): string {
  const names = files.flatMap((file) => [packageOf(file), ...packagesIn(readFileSync(file, 'utf8'))]);
  const notices = [...new Set(names)].sort().map(noticeOf);
  return `The files in this folder are made of the packages below.\n\n${notices.join('\n\n')}\n`;
}

/** The packages of a bundle's modules, which webpack registers by their paths. */
function packagesIn(bundle: string): string[] {
  const paths = bundle.matchAll(/^\/\*\*\*\/ "([^"]*node_modules\/[^"]+)":$/gm);
  return [...paths].map(([, path = '']) => packageOf(path));
}

/** The last one of a path, as packages can be nested. */
function packageOf(path: string): string {
  const [, name] = /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(path) ?? [];
  if (name === undefined) throw new Error(`expected a path in node_modules, got ${path}`);
  return name.replace('\\', '/');
}

function noticeOf(name: string): string {
  return `${'='.repeat(80)}\n${name}\n\n${licenceIn(join(modules, name)).trim()}`;
}

/** A package's licence; what its manifest says where it ships none. */
function licenceIn(folder: string): string {
  // A bundle can hold what the packages of today need no more. All of those are under the licence of those around them.
  if (!existsSync(folder)) return 'MIT';
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8');
  const { license, author, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return [license, author, repository?.url].filter((text) => text !== undefined).join('\n');
}
