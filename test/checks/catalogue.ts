import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Compares the rows of `test/failures.md` with the titles of the tests, and prints the rows that have none. Fails when a title
 * names a row that does not exist, when a row that had a test has lost it, and when a row that is still awaited has one. Takes
 * the titles from the report of a run, where `TEST_REPORT` names one: to list them takes as long as to load all tests.
 */
const report = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ title: z.string() })) })),
});
const rowId = /^[UCI]\d+$/;

const catalogue = readFileSync(new URL('../failures.md', import.meta.url), 'utf8');
const rows = new Map(
  [...catalogue.matchAll(/^\| ([UCI]\d+) \| ([^|]*) \|/gm)].map(([, id = '', fault = '']) => [id, fault]),
);
const awaited = new Set<string>(
  JSON.parse(readFileSync(new URL('./awaited.json', import.meta.url), 'utf8')).map(String),
);
const tested = new Set(testTitles().flatMap(idsOf));

const untested = [...rows].filter(([id]) => !tested.has(id));
console.log(`${rows.size - untested.length} of ${rows.size} rows have a test. Without one:`);
for (const [id, fault] of untested) console.log(`  ${id.padEnd(4)} ${fault}`);

const faults = [
  ...[...tested]
    .filter((id) => !rows.has(id))
    .map((id) => `${id}: named by a test, but not in the catalogue`),
  ...untested.filter(([id]) => !awaited.has(id)).map(([id]) => `${id}: has lost its test`),
  ...[...awaited].filter((id) => tested.has(id)).map((id) => `${id}: has a test and is awaited no longer`),
];
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

/** The titles of all tests, without those of the suites around them. */
function testTitles(): string[] {
  const { TEST_REPORT: path } = process.env;
  return path === undefined ? listedTitles() : reportedTitles(readFileSync(path, 'utf8'));
}

function reportedTitles(text: string): string[] {
  const { testResults } = report.parse(JSON.parse(text));
  return testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title }) => title));
}

function listedTitles(): string[] {
  const listed: { name: string }[] = JSON.parse(
    execFileSync('vitest', ['list', '--config', 'test/vitest.config.ts', '--json'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  return listed.map(({ name }) => name.split(' > ').at(-1) ?? name);
}

/** The rows that a title begins with: `U19 …`, `U20, U21 …`. */
function idsOf(title: string): string[] {
  const words = title.split(/,? /);
  const end = words.findIndex((word) => !rowId.test(word));
  return end === -1 ? words : words.slice(0, end);
}
