import { englishWords, type UsageCardFragment } from 'esim-usage-gateway/client';
import { describe, expect, it } from 'vitest';
import { keepReading, type Result } from '../../src/browser/demo/keep-reading.js';
import { samplesAt } from '../../src/browser/demo/samples.js';
import { cardProblem, cardReading } from '../support/cards.js';
import { createManualClock } from '../support/manual-clock.js';

function reading(freshForMs: number): UsageCardFragment {
  const fetchedAtMs = Date.now();
  const fetchedAt = new Date(fetchedAtMs).toISOString();
  const freshUntil = new Date(fetchedAtMs + freshForMs).toISOString();
  return { ...cardReading, freshness: { ...cardReading.freshness, fetchedAt, freshUntil } };
}

function problem(retryAfterSeconds: number | null): UsageCardFragment {
  return { ...cardProblem, retryAfterSeconds };
}

/** Keeps reading what this answers, and tells what was asked and shown, with the seconds since the start. */
function watch(answer: (iccid: string, turn: number) => Result | 'nothing') {
  const clock = createManualClock();
  const asked: string[] = [];
  const shown: [iccid: string, result: Result][] = [];
  let turn = 0;
  const seconds = (): number => (clock.now() - 1_000) / 1_000;
  const reads = keepReading({
    iccids: ['a', 'b', 'c'],
    async read(iccids) {
      asked.push(`${seconds()}: ${iccids.join(' ')}`);
      const answers = iccids.map((iccid) => answer(iccid, turn));
      turn += 1;
      if (answers.includes('nothing')) throw new Error('no answer');
      return answers.filter((each) => each !== 'nothing');
    },
    show: (iccid, result) => shown.push([iccid, result]),
    after: clock.after,
  });
  return { clock, asked, shown, reads };
}

describe('a page that keeps reading', () => {
  it('asks for all in one operation, and again for those whose time has come', async () => {
    const { clock, asked, reads } = watch((iccid) => problem(iccid === 'a' ? 7 : iccid === 'b' ? 9 : null));
    await reads;
    await clock.advance(30_000);
    expect(asked).toEqual(['0: a b c', '10: a b', '20: a b', '30: a b']);
  });

  it('does not ask again while a reading is fresh', async () => {
    const { clock, asked, reads } = watch(() => reading(20 * 60_000));
    await reads;
    await clock.advance(20 * 60_000);
    expect(asked).toEqual(['0: a b c']);
    await clock.advance(10_000);
    expect(asked).toEqual(['0: a b c', '1205: a b c']);
  });

  it('keeps the numbers that it has while there is no answer, and says that they are old', async () => {
    const { clock, shown, reads } = watch((iccid, turn) => {
      if (turn > 0) return 'nothing';
      return iccid === 'a' ? reading(1_000) : iccid === 'b' ? problem(5) : null;
    });
    await reads;
    const [, first] = shown[0] ?? [];
    expect(shown.slice(1)).toEqual([
      ['b', problem(5)],
      ['c', null],
    ]);
    shown.length = 0;
    await clock.advance(5_000);
    if (first?.__typename !== 'EsimUsage') throw new Error('expected a reading');
    expect(shown).toEqual([
      ['a', { ...first, freshness: { ...first.freshness, staleReason: 'UNAVAILABLE' } }],
      ['b', null],
    ]);
  });
});

describe('the samples', () => {
  it('are of each reason to be old and each problem that passes', () => {
    const kinds = samplesAt(Date.UTC(2026, 0, 1)).map(({ result }) =>
      result?.__typename === 'EsimUsage' ? result.freshness.staleReason : (result?.code ?? null),
    );
    expect(kinds).toEqual([
      ...Object.keys(englishWords.staleNote),
      'THROTTLED',
      'TIMED_OUT',
      'UNAVAILABLE',
      null,
    ]);
  });
});
