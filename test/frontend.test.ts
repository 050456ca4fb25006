import { readdirSync, readFileSync } from 'node:fs';
import { askAgainMs, describeUsage, englishWords, type UsageCardReading } from 'esim-usage-gateway/client';
import { parse, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { cardReading } from './support/cards.js';
import { createManualClock } from './support/manual-clock.js';
import { startGateway } from './support/start-gateway.js';

const guide = readFileSync(new URL('../docs/frontend.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const textsIn = (language: string): string[] =>
  blocks.filter((block) => block.language === language).map(({ text }) => text);
const [query = ''] = textsIn('graphql');

/** The files of the project that `npm run check:consumer` compiles and runs, by their text. */
const consumer = new URL('consumer/', import.meta.url);
const fileOf = new Map(
  ['', 'src/', 'test/'].flatMap((folder) =>
    readdirSync(new URL(folder, consumer), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [readFileSync(new URL(folder + name, consumer), 'utf8'), folder + name] as const),
  ),
);

/** The cells of the table's row for this. */
function rowOf(got: string): string[] {
  const rows = guide.split('\n').filter((line) => line.startsWith('|') && line.includes(`| \`${got}\` |`));
  expect(rows, got).toHaveLength(1);
  return (rows[0] ?? '').split('|').map((cell) => cell.trim());
}

const reading: UsageCardReading = { ...cardReading, isUnlimited: null, data: null, expiresAt: null };

function expectTexts(cell: string | undefined, texts: readonly (string | null)[]): void {
  expect([...(cell ?? '').matchAll(/“([^”]*)”/g)].map(([, text]) => text)).toEqual(
    texts.filter((text) => text !== null),
  );
}

describe('the guide for frontend developers', () => {
  it('shows the answer that its query gets', async () => {
    const manual = createManualClock();
    const startedAtMs = manual.now();
    const noon = Date.UTC(2026, 0, 1, 12);
    const clock = { ...manual, toDate: (atMs: number) => new Date(noon + atMs - startedAtMs) };
    const { ask } = await startGateway({ clock });
    expect((await ask(query)).body).toEqual(JSON.parse(textsIn('json')[0] ?? ''));
  });

  it('says of each field of that query what it is', () => {
    const fields: string[] = [];
    visit(parse(query), { Field: ({ name }) => void fields.push(name.value) });
    const named = [...guide.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g));
    expect(fields.filter((field) => !['esimUsage', 'freshness', ...named].includes(field))).toEqual([]);
  });

  it('shows no code but that which is compiled and run', () => {
    const code = blocks.filter(({ language, text }) => !['sh', 'json'].includes(language) && text !== query);
    expect(code.map(({ text }) => fileOf.get(text) ?? text)).toEqual([
      'src/usage-card.tsx',
      'src/use-ask-again.ts',
      'src/show-usage.ts',
      'src/apollo-usage.tsx',
      'src/urql-usage.tsx',
      'introspect.js',
      'src/short-words.ts',
      'codegen.ts',
      'src/support-view.graphql',
      'src/support-view.ts',
      'test/in-process-gateway.ts',
      'test/usage.test.tsx',
    ]);
  });

  it('shows no command but those which that project is installed and tested with', () => {
    expect(textsIn('sh')).toEqual([
      'npm install esim-usage-gateway graphql\n',
      'PORT=4010 npx esim-usage-gateway --simulator\n',
    ]);
  });

  it('says of each status, problem and reason what is shown', () => {
    const { status, statusNote, problem, problemNote, staleNote } = englishWords;
    for (const [name, heading] of Object.entries(status))
      expectTexts(rowOf(`status: ${name}`)[3], [
        heading,
        new Map(Object.entries(statusNote)).get(name) ?? null,
      ]);
    for (const [code, heading] of Object.entries(problem))
      expectTexts(rowOf(`code: ${code}`)[3], [
        heading,
        new Map(Object.entries(problemNote)).get(code) ?? null,
      ]);
    for (const [reason, note] of Object.entries(staleNote))
      expectTexts(rowOf(`staleReason: ${reason}`)[3], [note]);
    expectTexts(rowOf('environment: SANDBOX')[3], [englishWords.sandboxNote]);
    const none = describeUsage(null, 'en-GB');
    expectTexts(/^\| no result at all \|(.*)$/m.exec(guide)?.[1], [none.heading, ...none.notes]);
    expect(guide).toContain(`“${englishWords.unlimited}”, no bar`);
    expect(guide).toContain(`“${englishWords.notKnown}”, no bar`);
  });

  it('says of an old reading when to ask again', () => {
    for (const staleReason of ['REFRESHING', 'THROTTLED', 'TIMED_OUT', 'UNAVAILABLE'] as const) {
      const waitMs = askAgainMs({ ...reading, freshness: { ...reading.freshness, staleReason } });
      expect(rowOf(`staleReason: ${staleReason}`)[4]).toBe(`in ${Number(waitMs) / 1_000} s`);
    }
  });
});
