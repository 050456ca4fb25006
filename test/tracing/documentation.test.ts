import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operationSpans, readSpans } from '../../src/tracing/span-names.js';

const guide = read('../../docs/operations.md');
const documentation = guide.slice(guide.indexOf('\n## Traces\n'), guide.indexOf('\n## Problems\n'));
const folder = '../../src/tracing/';
const code = readdirSync(new URL(folder, import.meta.url)).map((name) => read(`${folder}${name}`));

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** What of a text's names is the package's own. */
function ownNamesIn(text: string): Set<string> {
  return new Set(text.match(/esim_usage\.[a-z_]+/g));
}

it('the documentation has a row for each span that there is, and no others', () => {
  const rows = documentation.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((row) => row.split('|')[1]?.match(/(?<=`)[\w. ]+(?=`(?:,|;| ))/g) ?? []);
  const names = [...Object.values(operationSpans), ...Object.values(readSpans)];
  expect(documented.sort()).toEqual(names.sort());
});

it('the documentation names each attribute that there is, and no others', () => {
  expect(ownNamesIn(documentation)).toEqual(ownNamesIn(code.join('\n')));
});
