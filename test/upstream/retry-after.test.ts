import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { retryAfterMs } from '../../src/upstream/retry-after.js';

const now = Date.UTC(2026, 9, 21, 7, 28, 0);
const secondMs = 1_000;
const hourMs = 3_600 * secondMs;

describe('seconds', () => {
  it.each([
    { said: '0', ms: 0 },
    { said: '1', ms: secondMs },
    { said: '030', ms: 30 * secondMs },
    { said: '1.5', ms: 1_500 },
    { said: '0.001', ms: 1 },
    { said: '3600', ms: hourMs },
    { said: '1000000000', ms: 1e12 },
    { said: '1e9', ms: 1e12 },
    { said: '1E9', ms: 1e12 },
    { said: '1e999', ms: Number.POSITIVE_INFINITY },
  ])('U29 are understood: $said', ({ said, ms }) => {
    expect(read({ 'retry-after': said })).toBe(ms);
  });

  it.each(['-5', '+5', '-0', '.5', '5.', '1e-3', '0x10', ' 5', '5 ', '5, 5', '5s', '५', 'NaN', 'Infinity'])(
    'U29 are nothing else: %j',
    (said) => {
      expect(read({ 'retry-after': said })).toBe(null);
    },
  );
});

describe('a date', () => {
  it.each([
    'Wed, 21 Oct 2026 07:28:00 GMT',
    'Wednesday, 21-Oct-26 07:28:00 GMT',
    'Wed Oct 21 07:28:00 2026',
    'Wed, 21 Oct 2026 07:28:00 UTC',
    'Wed, 21 Oct 2026 07:28:00 +0000',
    'Wed, 21 Oct 2026 09:28:00 +0200',
  ])('U29 is understood in every form, wherever this machine is: %s', (said) => {
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', zone);
      expect(read({ 'retry-after': said }, now - 5 * secondMs)).toBe(5 * secondMs);
    }
  });

  it('U29 counts from the reply’s own date, however wrong both clocks are', () => {
    const headers = { 'retry-after': 'Wed, 21 Oct 2026 07:28:07 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' };
    for (const skewMs of [0, hourMs, -hourMs, 1e12, -1e12]) expect(read(headers, now + skewMs)).toBe(7_000);
  });

  it.each([undefined, 'soon', '', '0', 'Wed, 99 Oct 2026 07:28:00 GMT'])(
    'U29 counts from now when the reply’s own date is %j',
    (date) => {
      const headers = {
        'retry-after': 'Wed, 21 Oct 2026 07:28:07 GMT',
        ...(date === undefined ? {} : { date }),
      };
      expect(read(headers, now)).toBe(7_000);
    },
  );

  it('U29 that has passed is now', () => {
    expect(read({ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toBe(0);
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
    expect(read({ 'retry-after': 'Wed, 21 Oct 2026 07:27:59 GMT', date }, now - hourMs)).toBe(0);
    expect(read({ 'retry-after': date, date })).toBe(0);
  });

  it('U29 is worth the same whenever it is read, and on whichever clock', () => {
    const seconds = fc.integer({ min: 0, max: 4e9 });
    fc.assert(
      fc.property(seconds, seconds, seconds, (saidSeconds, at, nowSeconds) => {
        const headers = { 'retry-after': httpDate(saidSeconds), date: httpDate(at) };
        expect(read(headers, nowSeconds * secondMs)).toBe(Math.max(0, saidSeconds - at) * secondMs);
      }),
    );
  });
});

it.each([
  'soon',
  '',
  'Wait 5',
  'Wait 2050',
  'Wed',
  'Wed, 99 Oct 2026 07:28:00 GMT',
  'Wed, 21 Oct 2026',
  '2026-10-21T07:28:00Z',
  '21 Oct 2026 07:28:00 GMT',
  'Wed, 21 Oct 2026 07:28:00 GMT, Wed, 21 Oct 2026 07:28:00 GMT',
])('U29 nonsense says nothing: %j', (said) => {
  expect(read({ 'retry-after': said })).toBe(null);
});

it('U28 nothing says nothing', () => {
  expect(read({})).toBe(null);
  expect(read({ date: 'Wed, 21 Oct 2026 07:28:00 GMT' })).toBe(null);
});

it('U29 whatever is said, it is no time or one that has not passed', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.stringMatching(/^[-+]?\d*\.?\d*(e[-+]?\d{1,3})?$/),
    fc.stringMatching(/^[A-Z][a-z]{2,8},? [ -~]{0,30}:\d\d (GMT|UTC|[+-]?\d{4})$/),
    fc.date({ noInvalidDate: false }).map(String),
    fc.date().map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(odd, fc.option(odd, { nil: undefined }), (said, date) => {
      const ms = read({ 'retry-after': said, ...(date === undefined ? {} : { date }) });
      if (ms !== null) expect(ms).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 1_000 },
  );
});

function httpDate(epochSeconds: number): string {
  return new Date(epochSeconds * secondMs).toUTCString();
}

/** What a reply with these headers says at that moment of the calendar. */
function read(headers: Readonly<Record<string, string>>, atMs = now): number | null {
  return retryAfterMs({ header: (name) => headers[name] ?? null }, atMs);
}
