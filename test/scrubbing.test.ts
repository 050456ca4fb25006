import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../src/secrets.js';

const secret = 'pä"ssword /+of ours\\';

/** Everything in which a secret of ours could be spelled. */
const spellings: readonly [name: string, spell: (secret: string) => string][] = [
  ['as it is', (text) => text],
  ['in JSON', (text) => JSON.stringify({ text })],
  ['in a URL', (text) => `https://x/?${encodeURIComponent(text)}`],
  [
    'in a URL in lower case',
    (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  ],
  ['in a form', (text) => new URLSearchParams({ a: 'b', text }).toString()],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64 for URLs', (text) => Buffer.from(text).toString('base64url')],
  ['in Basic authentication, after one', (text) => `Basic ${Buffer.from(`1${text}`).toString('base64')}`],
  ['in Basic authentication, after two', (text) => `Basic ${Buffer.from(`1:${text}`).toString('base64')}`],
  ['in base64 with more behind', (text) => Buffer.from(`id:${text}:more`).toString('base64')],
];

/** Whether something of the secret is left that can be read or decoded. */
function shows(text: string, part: string): boolean {
  const decoded = (text.match(/[\w+/-]{4,}/g) ?? []).map((run) => Buffer.from(run, 'base64').toString());
  return [text, ...decoded].some((each) => each.includes(part));
}

describe('what is scrubbed', () => {
  it.each(spellings)('shows no secret %s', (_name, spell) => {
    const { scrub } = createSecrets([secret]);
    const scrubbed = scrub(`before ${spell(secret)} after`);
    expect(scrubbed).toContain('[secret]');
    expect(scrubbed).toMatch(/^before .* after$/);
    expect(shows(scrubbed, 'sswor')).toBe(false);
  });

  it('shows no secret, whatever it is and wherever it stands', () => {
    const anySecret = fc.string({ unit: 'binary', minLength: 8, maxLength: 60 });
    fc.assert(
      fc.property(
        anySecret,
        fc.string(),
        fc.string(),
        fc.nat(spellings.length - 1),
        (any, before, after, at) => {
          const [, spell = String] = spellings[at] ?? [];
          const { scrub } = createSecrets([any]);
          const line = JSON.stringify({ text: `${before} ${spell(any)} ${after}` });
          const plain = scrub(line);
          const spelled = [
            any,
            JSON.stringify(any).slice(1, -1),
            encodeURIComponent(Buffer.from(any).toString()),
          ];
          expect(spelled.filter((each) => plain.includes(each))).toEqual([]);
        },
      ),
    );
  });

  it('hides a secret as a whole that has another in it', () => {
    const { scrub } = createSecrets(['inner', 'the inner one']);
    expect(scrub('the inner one, inner')).toBe('[secret], [secret]');
  });

  it('hides what was added, and of many that were added the newest', () => {
    const { add, scrub } = createSecrets(['the-first']);
    for (const token of ['token-1', 'token-2', 'token-3', 'token-4', 'token-2', 'token-5']) add(token);
    expect(scrub('the-first token-1 token-2 token-3 token-4 token-5')).toBe(
      '[secret] token-1 [secret] [secret] [secret] [secret]',
    );
  });

  it('leaves a line readable when a secret is none', () => {
    const { scrub } = createSecrets(['', 'a']);
    expect(scrub('a line')).toBe('a line');
  });

  it.each([
    ['8944465400000267221', '89…7221'],
    ['of894446540000026and0000894446540000026722', 'of89…0026and00…6722'],
    ['12345678901234 89…7221', '12345678901234 89…7221'],
  ])('masks what could be an ICCID: %s', (text, scrubbed) => {
    expect(createSecrets([]).scrub(text)).toBe(scrubbed);
  });

  it('leaves the id of a trace, in which digits may stand in a row, and nothing that only looks like one', () => {
    const { scrub } = createSecrets([]);
    const line = { traceId: 'abcdef1234567890123456789012345f', name: '"traceId":"8944465400000267221' };
    expect(JSON.parse(scrub(JSON.stringify(line)))).toEqual({ ...line, name: '"traceId":"89…7221' });
  });

  it('masks what could be an ICCID in JSON, which stays JSON', () => {
    const texts = fc.array(
      fc.oneof(
        fc.constantFrom('\\u', '\\', '\u0001', '\ud800', '"', '0001'),
        fc.stringMatching(/^[0-9]{15,22}$/),
      ),
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        const masked = text.replace(/\d{15,}/g, (run) => `${run.slice(0, 2)}…${run.slice(-4)}`);
        expect(JSON.parse(createSecrets([]).scrub(JSON.stringify({ text })))).toEqual({ text: masked });
      }),
    );
  });
});
