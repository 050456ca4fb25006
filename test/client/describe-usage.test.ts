import {
  ask,
  describeUsage,
  type EsimUsageProblemCode,
  type EsimUsageStaleReason,
  englishWords,
  type UsageCardFragment,
  type UsageCardReading,
  type UsageDescription,
  UsageOfEsimDocument,
  UsageOfEsimsDocument,
  type UsageStatus,
  type Words,
} from 'esim-usage-gateway/client';
import { scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardProblem as problem, cardReading as reading } from '../support/cards.js';
import { startGateway } from '../support/start-gateway.js';

const statuses: readonly UsageStatus[] = [
  'NOT_ACTIVE',
  'ACTIVE',
  'FINISHED',
  'EXPIRED',
  'RECYCLED',
  'UNKNOWN',
];
const staleReasons: readonly EsimUsageStaleReason[] = ['REFRESHING', 'THROTTLED', 'TIMED_OUT', 'UNAVAILABLE'];
const problemCodes: readonly EsimUsageProblemCode[] = [
  'INVALID_ICCID',
  'NOT_FOUND',
  'THROTTLED',
  'TIMED_OUT',
  'UNAVAILABLE',
];

const inUtc = { timeZone: 'UTC' };

function english(result: UsageCardFragment | null): UsageDescription {
  return describeUsage(result, 'en-GB', inUtc);
}

/** A description in lines, as somebody reads a card from top to bottom. */
function asRead({ tone, heading, notes, allowances, asOf, isStale, validUntil }: UsageDescription): string[] {
  const bar = (share: number | null): string => (share === null ? '' : ` (${share.toFixed(2)})`);
  return [
    `${heading} [${tone}${isStale ? ', old' : ''}]`,
    ...allowances.map(({ label, text, share }) => `  ${label}: ${text}${bar(share)}`),
    ...[asOf, validUntil].flatMap((moment) => (moment === null ? [] : `  ${moment.text} = ${moment.at}`)),
    ...notes.map((note) => `  ${note}`),
  ];
}

describe('what a screen shows', () => {
  it('of each eSIM that the upstream is known to answer for', async () => {
    const { url } = await startGateway();
    const iccids = [...Object.values(scenarioIccids), 'none'];
    const { data } = await ask(url, UsageOfEsimsDocument, { iccids });
    const names = [...Object.keys(scenarioIccids), 'malformed'];
    const shown = data?.esimUsages?.map((result, at) => [names[at], ...asRead(english(result))].join('\n'));
    expect(shown?.join('\n')).toMatchInlineSnapshot(`
      "dataPlan
      Active [good]
        Data: 767 MB of 2 GB left (0.37)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 31 Jan 2026, 00:00 = 2026-01-31T00:00:01.000Z
      dataVoiceTextPlan
      Active [good]
        Data: 767 MB of 2 GB left (0.37)
        Calls: 60 mins of 100 mins left (0.60)
        Texts: 20 texts of 50 texts left (0.40)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 31 Jan 2026, 00:00 = 2026-01-31T00:00:01.000Z
      unlimited
      Active [good]
        Data: Unlimited
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 31 Jan 2026, 00:00 = 2026-01-31T00:00:01.000Z
      unlimitedWithNumbers
      Active [good]
        Data: Unlimited
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 1 Jan 2022, 00:00 = 2022-01-01T00:00:00.000Z
      notActive
      Not in use yet [neutral]
        Data: 3 GB of 3 GB left (1.00)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
      usedUp
      Used up [bad]
        Data: 0 MB of 1 GB left (0.00)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 1 Jan 2022, 00:00 = 2022-01-01T00:00:00.000Z
      expired
      Expired [bad]
        Data: 300 MB of 1 GB unused (0.29)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 1 Jan 2022, 00:00 = 2022-01-01T00:00:00.000Z
      recycled
      Withdrawn [bad]
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        The operator has taken this eSIM back. It cannot be used again.
      unknown
      Status not known [neutral]
        Data: Not known
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        How this eSIM stands is not known.
      undocumentedStatus
      Status not known [neutral]
        Data: 512 MB of 1 GB left (0.50)
        As of 31 Dec 2025, 23:40 = 2025-12-31T23:40:01.000Z
        Valid until 1 Jan 2022, 00:00 = 2022-01-01T00:00:00.000Z
        How this eSIM stands is not known.
      notFound
      eSIM not found [bad]
        There is no eSIM of this number.
      malformed
      Not an eSIM number [bad]
        An eSIM number has 15 to 22 digits."
    `);
  });

  it('of an eSIM with each kind of allowance', () => {
    const voice = { unit: 'MINUTES', total: 100, remaining: 60, used: 40 } as const;
    const text = { unit: 'MESSAGES', total: 50, remaining: 1, used: 49 } as const;
    expect(english({ ...reading, voice, text }).allowances).toEqual([
      { kind: 'data', label: 'Data', text: '767 MB of 2 GB left', share: 767 / 2_048 },
      { kind: 'voice', label: 'Calls', text: '60 mins of 100 mins left', share: 0.6 },
      { kind: 'text', label: 'Texts', text: '1 text of 50 texts left', share: 0.02 },
    ]);
  });

  it('of a reading that is old, for each reason', () => {
    const shown = staleReasons.map((staleReason) => {
      const { isStale, notes } = english({ ...reading, freshness: { ...reading.freshness, staleReason } });
      return [staleReason, isStale, ...notes];
    });
    expect(shown).toMatchInlineSnapshot(`
      [
        [
          "REFRESHING",
          true,
          "Newer numbers are on their way.",
        ],
        [
          "THROTTLED",
          true,
          "There is no newer reading yet: many eSIMs are being read at the moment.",
        ],
        [
          "TIMED_OUT",
          true,
          "There is no newer reading yet: the operator has not answered.",
        ],
        [
          "UNAVAILABLE",
          true,
          "There is no newer reading: the operator cannot be reached at the moment.",
        ],
      ]
    `);
  });

  it('of each problem', () => {
    const shown = problemCodes.flatMap((code) => asRead(english({ ...problem, code })));
    expect(shown.join('\n')).toMatchInlineSnapshot(`
      "Not an eSIM number [bad]
        An eSIM number has 15 to 22 digits.
        Try again in 12 secs.
      eSIM not found [bad]
        There is no eSIM of this number.
        Try again in 12 secs.
      Please wait [wait]
        Many eSIMs are being read at the moment.
        Try again in 12 secs.
      No answer in time [wait]
        The operator has not answered yet.
        Try again in 12 secs.
      Not available [wait]
        The operator cannot be reached at the moment.
        Try again in 12 secs."
    `);
  });

  it('of no result at all: that it cannot be read', () => {
    expect(english(null)).toEqual(english({ ...problem, code: 'UNAVAILABLE', retryAfterSeconds: null }));
  });

  it('of the numbers of a sandbox: that they are no real usage', () => {
    expect(english({ ...reading, environment: 'SANDBOX' })).toEqual({
      ...english(reading),
      notes: ['Test numbers, not real usage.'],
    });
  });

  it('in the way of the reader: number, unit, date and zone', () => {
    const { allowances, asOf, validUntil } = describeUsage(reading, 'de-AT', { timeZone: 'Asia/Tokyo' });
    expect([allowances[0]?.text, asOf?.text, validUntil?.text]).toMatchInlineSnapshot(`
      [
        "767 MB of 2 GB left",
        "As of 01.01.2026, 20:40",
        "Valid until 31.01.2026, 21:00",
      ]
    `);
    const large = {
      ...reading,
      data: { unit: 'MEGABYTES', total: 1_500_000, remaining: 1_499_999, used: 1 } as const,
    };
    expect(describeUsage(large, 'de-AT').allowances[0]?.text).toMatchInlineSnapshot(
      `"1 464,84 GB of 1 464,84 GB left"`,
    );
  });

  it('in the words of another language', () => {
    const words: Words = { ...englishWords, left: (remaining, total) => `noch ${remaining} von ${total}` };
    expect(describeUsage(reading, 'de', { words }).allowances[0]?.text.replaceAll('\u00a0', ' ')).toBe(
      'noch 767 MB von 2 GB',
    );
  });

  it('of a status, reason or problem that is newer than this code: the unknown of its kind', () => {
    const newer = JSON.parse('"ADDED_LATER"');
    expect(english({ ...reading, status: newer })).toEqual(english({ ...reading, status: 'UNKNOWN' }));
    expect(english({ ...problem, code: newer })).toEqual(english({ ...problem, code: 'UNAVAILABLE' }));
    const old = (staleReason: EsimUsageStaleReason): UsageCardReading => ({
      ...reading,
      freshness: { ...reading.freshness, staleReason },
    });
    expect(english(old(newer))).toEqual(english(old('UNAVAILABLE')));
    expect(english(JSON.parse('{"__typename":"ADDED_LATER"}'))).toEqual(english(null));
    expect(english({ ...reading, status: JSON.parse('"constructor"') }).heading).toBe('Status not known');
  });

  it('never is a number for a quota that is not known, and never more than there is', () => {
    const quota = fc
      .tuple(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.nat())
      .map(([total, part]) => ({ unit: 'MEGABYTES' as const, total, remaining: part % (total + 1) }))
      .map(({ remaining, ...rest }) => ({ ...rest, remaining, used: rest.total - remaining }));
    fc.assert(
      fc.property(
        fc.constantFrom(...statuses),
        fc.option(fc.boolean()),
        fc.option(quota),
        (status, isUnlimited, data) => {
          const { allowances } = english({ ...reading, status, isUnlimited, data });
          const shown = allowances[0];
          if (shown === undefined) {
            expect(status).toBe('RECYCLED');
            return;
          }
          if (data === null) {
            expect(shown).toMatchObject({ text: isUnlimited ? 'Unlimited' : 'Not known', share: null });
            return;
          }
          expect(shown.share).toBe(data.remaining / data.total);
          const [amount = '', unit = ''] = shown.text.split(/\s/);
          const shownMegabytes = Number(amount.replaceAll(',', '')) * (unit === 'GB' ? 1_024 : 1);
          expect(shownMegabytes).toBeLessThanOrEqual(data.remaining + 1e-6);
          expect(shownMegabytes).toBeGreaterThan(data.remaining - 10.25);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('says of a locale or a time zone that does not exist what is wrong', () => {
    expect(() => describeUsage(reading, 'no locale')).toThrow(RangeError);
    expect(() => describeUsage(reading, 'en', { timeZone: 'Nowhere' })).toThrow(RangeError);
  });
});

describe('what does not compile', () => {
  it('is a language that lacks a status, a problem or a reason', () => {
    const { RECYCLED: _status, ...statuses } = englishWords.status;
    const { THROTTLED: _problem, ...problems } = englishWords.problem;
    const { REFRESHING: _reason, ...reasons } = englishWords.staleNote;
    // @ts-expect-error
    const withoutStatus: Words = { ...englishWords, status: statuses };
    // @ts-expect-error
    const withoutProblem: Words = { ...englishWords, problem: problems };
    // @ts-expect-error
    const withoutReason: Words = { ...englishWords, staleNote: reasons };
    expect([withoutStatus, withoutProblem, withoutReason]).toHaveLength(3);
  });

  it('is a screen that takes a result for a reading', () => {
    const result: UsageCardFragment = JSON.parse(JSON.stringify(problem));
    // @ts-expect-error
    expect(result.data).toBeUndefined();
  });

  it('is an operation without its variables, or with a number for an ICCID', () => {
    // @ts-expect-error
    const withNumber = () => ask('', UsageOfEsimDocument, { iccid: 89 });
    // @ts-expect-error
    const withText = () => ask('', UsageOfEsimsDocument, { iccids: '8944465400000267221' });
    // @ts-expect-error
    const without = () => ask('', UsageOfEsimDocument, {});
    expect([withNumber, withText, without]).toHaveLength(3);
  });
});
