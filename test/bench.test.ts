import { describe, expect, it } from 'vitest';
import { drawChart } from '../bench/chart.js';
import { withResults } from '../bench/document.js';
import { flagsIn } from '../bench/flags.js';
import { processFiguresIn } from '../bench/process-figures.js';
import { type Results, ratioOf } from '../bench/results.js';
import { spreadOf } from '../bench/statistics.js';
import { createRandom, createZipf } from '../bench/zipf.js';

describe('statistics', () => {
  it('have a median that is the middle figure, or between the two', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(spreadOf([10, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 10 });
    expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7 });
  });

  it('have no median of nothing', () => {
    expect(() => spreadOf([])).toThrow(new RangeError('figures: expected at least one, got none'));
  });

  it('compare servers by what they did in a second of processor time', () => {
    const measured = [measurement('one', 300), measurement('other', 100)];
    expect(ratioOf(measured, 'one', 'other')).toBe(3);
    expect(() => ratioOf(measured, 'one', 'third')).toThrow(
      new RangeError('server: expected one that was measured, got third'),
    );
  });
});

describe('what the system says of a process', () => {
  // Fields 14 and 15 are ticks, 24 is pages.
  const rest =
    'S 1 2 3 0 -1 4194560 5 6 7 8 250 50 9 9 20 0 11 0 12345 1000000 25000 18446744073709551615 1 1';

  const schedstat = '3000000000 1500000000 77\n';

  it('is processor time of user and system together, resident memory, and time without a core', () => {
    expect(processFiguresIn(`4242 (node) ${rest}`, schedstat)).toEqual({
      cpuSeconds: 3,
      residentBytes: 102_400_000,
      waitedSeconds: 1.5,
    });
  });

  it('is found behind a name with spaces and parentheses', () => {
    expect(processFiguresIn(`4242 (a (b) c) d) ${rest}`, schedstat).cpuSeconds).toBe(3);
  });

  it('is refused where there is less than that', () => {
    expect(() => processFiguresIn('4242 (node) S 1 2', schedstat)).toThrow(
      new TypeError('stat, field 14: expected a whole number, got nothing'),
    );
    expect(() => processFiguresIn(`4242 (node) ${rest}`, '')).toThrow(
      new TypeError('schedstat, field 2: expected a whole number, got nothing'),
    );
  });
});

describe('the chart', () => {
  const chart = drawChart([
    {
      title: 'More & less',
      bars: [
        { name: 'this <gateway>', value: 1_000, isOurs: true },
        { name: 'another', value: 500, isOurs: false },
      ],
    },
    { title: 'Alone', bars: [{ name: 'another', value: 0.4, isOurs: false }] },
  ]);

  it('has bars as long as their figures, the longest of each panel alike', () => {
    expect(chart.match(/<rect [^>]+>/g)).toEqual([
      '<rect class="ours" x="200" y="40" width="470" height="18" rx="2"/>',
      '<rect class="other" x="200" y="64" width="235" height="18" rx="2"/>',
      '<rect class="other" x="200" y="128" width="470" height="18" rx="2"/>',
    ]);
  });

  it('says each name, figure and title, as XML writes them', () => {
    expect([...chart.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
      'More &amp; less',
      'this &lt;gateway>',
      '1,000',
      'another',
      '500',
      'Alone',
      'another',
      '0',
    ]);
  });

  it('is as high as its panels', () => {
    expect(chart).toContain('viewBox="0 0 760 162"');
  });
});

describe('mixed traffic', () => {
  it('asks for the n-th a n-th as often as for the first', () => {
    const steps = 11;
    let step = 0;
    // Evenly over all that can be drawn: of three, 6, 3 and 2 in 11.
    const draw = createZipf(3, () => (step++ + 0.5) / steps);
    expect(Array.from({ length: steps }, draw)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
  });

  it('is the same in each run, and between 0 and 1', () => {
    const [first, second] = [createRandom(1), createRandom(1)];
    const numbers = Array.from({ length: 1_000 }, first);
    expect(Array.from({ length: 1_000 }, second)).toEqual(numbers);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBe(1_000);
  });
});

describe('the page', () => {
  it('has the last results between its marks, and else stays as it is', () => {
    const page = 'before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n';
    const written = withResults(page, 'new');
    expect(written).toBe('before\n<!-- results -->\nnew\n<!-- end of results -->\nafter\n');
    expect(withResults(written, 'new')).toBe(written);
  });

  it('is refused without them', () => {
    expect(() => withResults('before', 'new')).toThrow(TypeError);
  });
});

describe('flags', () => {
  it('are a short run unless said otherwise', () => {
    expect(flagsIn([])).toEqual({ rounds: 3, seconds: 1, million: false });
    expect(flagsIn(['--rounds', '20', '--seconds', '5', '--million'])).toEqual({
      rounds: 20,
      seconds: 5,
      million: true,
    });
  });

  it('are refused where they are no whole number above 0, or not known', () => {
    expect(() => flagsIn(['--rounds', '0'])).toThrow(
      new RangeError('--rounds: expected a whole number above 0, got 0'),
    );
    expect(() => flagsIn(['--fast'])).toThrow("Unknown option '--fast'");
  });
});

function measurement(server: string, median: number): Results['one'][number] {
  const spread = { median, least: median, most: median };
  return {
    server,
    perCpuSecond: spread,
    perSecond: spread,
    p50Ms: 1,
    p99Ms: 2,
    waitedShare: 0,
    residentBytes: 3,
  };
}
