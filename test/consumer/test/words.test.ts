import { describeUsage } from 'esim-usage-gateway/client';
import { expect, it } from 'vitest';
import { germanWords } from '../src/german-words.js';
import { shortWords } from '../src/short-words.js';
import { noon, problem, reading } from './answers.js';

const inGerman = (result: Parameters<typeof describeUsage>[0]) =>
  describeUsage(result, 'de-DE', { words: germanWords, timeZone: 'Europe/Berlin' });

it('speaks German', () => {
  const { heading, allowances, asOf } = inGerman(reading(noon, 767));
  const left = allowances[0]?.text.replaceAll('\u00a0', ' ');
  expect([heading, left, asOf?.text]).toEqual(['Aktiv', 'noch 767 MB von 2 GB', 'Stand 01.01.2026, 12:40']);
  expect(inGerman(problem('THROTTLED', 12)).notes.at(-1)).toMatch(/^Nächster Versuch in 12\sSek/);
});

it('speaks shortly', () => {
  const { allowances } = describeUsage(reading(noon, 767), 'en-GB', { words: shortWords });
  expect(allowances[0]?.text).toBe('767 MB left');
});
