import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/errors.js';
import { UsageStatus } from '../../src/generated/enums.js';
import { decodeUsage, type UsageFacts } from '../../src/upstream/decode.js';
import type { UsageQuota } from '../../src/usage.js';
import { factsOf } from '../support/refusal.js';
import { plan, usageBody } from '../support/usage-body.js';

const most = 2 ** 31 - 1;

const planFacts: UsageFacts = {
  status: 'ACTIVE',
  statusCode: 'ACTIVE',
  isUnlimited: false,
  data: { unit: 'MEGABYTES', total: 2048, remaining: 767, used: 1281 },
  voice: null,
  text: null,
  expiresAtSeconds: Date.parse('2022-01-01T00:00:00Z') / 1_000,
  expiryUnreadable: false,
};

describe('what the documentation shows', () => {
  it('is a plan in use', () => {
    expect(decode(usageBody())).toEqual(planFacts);
  });

  it('U13 is an unlimited plan beside numbers, which are not shown', () => {
    expect(decode(usageBody({ is_unlimited: true }))).toEqual({
      ...planFacts,
      isUnlimited: true,
      data: null,
    });
  });

  it.each([
    { remaining: 0, total: 0 },
    { remaining: 5, total: 4 },
    { remaining: most, total: most },
    { remaining: '767', total: '2048' },
    { remaining: -1, total: -1 },
    { remaining: 0.5, total: null },
  ])('U13 is an unlimited plan beside $remaining of $total', (numbers) => {
    expect(decode(usageBody({ ...numbers, is_unlimited: true }))).toEqual({
      ...planFacts,
      isUnlimited: true,
      data: null,
    });
  });

  it('U13 is an unlimited plan whose minutes and messages are counted all the same', () => {
    const body = usageBody({
      is_unlimited: true,
      total_voice: 100,
      remaining_voice: 60,
      total_text: 50,
      remaining_text: 20,
    });
    expect(decode(body)).toEqual({
      ...planFacts,
      isUnlimited: true,
      data: null,
      voice: { unit: 'MINUTES', total: 100, remaining: 60, used: 40 },
      text: { unit: 'MESSAGES', total: 50, remaining: 20, used: 30 },
    });
  });

  it('U12 is a recycled eSIM, of which nothing is known', () => {
    const body = usageBody({
      remaining: 0,
      total: 0,
      expired_at: null,
      is_unlimited: null,
      status: 'RECYCLED',
    });
    expect(decode(body)).toEqual(recycledFacts());
  });

  it('U12 is a recycled eSIM, whatever stands beside it', () => {
    const body = usageBody({
      status: 'RECYCLED',
      remaining: 9,
      total_voice: 100,
      remaining_voice: 101,
      total_text: 5,
      remaining_text: 5,
      expired_at: 'soon',
    });
    expect(decode(body)).toEqual(recycledFacts());
  });

  it.each(['NOT_ACTIVE', 'ACTIVE', 'FINISHED', 'EXPIRED', 'UNKNOWN'] as const)(
    'is the status %s beside numbers that are known',
    (status) => {
      expect(decode(usageBody({ status }))).toEqual({ ...planFacts, status, statusCode: status });
    },
  );

  it('is a plan that is used up: 0 is a number', () => {
    expect(decode(usageBody({ status: 'FINISHED', remaining: 0 }))).toEqual({
      ...planFacts,
      status: 'FINISHED',
      statusCode: 'FINISHED',
      data: { unit: 'MEGABYTES', total: 2048, remaining: 0, used: 2048 },
    });
  });

  it.each([
    { total: 0, remaining: 0 },
    { total: 2048, remaining: 0 },
  ])('is UNKNOWN beside $remaining of $total, which is not known either', ({ total, remaining }) => {
    const body = usageBody({
      status: 'UNKNOWN',
      total,
      remaining,
      total_voice: total,
      remaining_voice: remaining,
      total_text: total,
      remaining_text: remaining,
    });
    expect(decode(body)).toEqual({ ...planFacts, status: 'UNKNOWN', statusCode: 'UNKNOWN', data: null });
  });

  it.each([0, 1, most])('is no allowance where the total is 0, beside %d remaining', (remaining) => {
    const body = usageBody({ total: 0, remaining, remaining_voice: remaining, remaining_text: remaining });
    expect(decode(body)).toEqual({ ...planFacts, data: null });
  });

  it('is a plan of which the upstream does not say whether it is unlimited, nor so what its numbers mean', () => {
    expect(decode(usageBody({ is_unlimited: null }))).toEqual({
      ...planFacts,
      isUnlimited: null,
      data: null,
    });
  });

  it('does not hang on what the meta message says', () => {
    expect(decode(JSON.stringify({ data: plan }))).toEqual(planFacts);
    expect(decode(JSON.stringify({ data: plan, meta: 'MARKER' }))).toEqual(planFacts);
  });
});

describe('a status never seen before', () => {
  it.each([
    'SUSPENDED',
    'active',
    ' ACTIVE',
    'ACTIVE ',
    'Recycled',
    'toString',
    '__proto__',
    'é',
    'x'.repeat(100),
  ])('U11 is UNKNOWN with the rest kept: %s', (status) => {
    expect(decode(usageBody({ status }))).toEqual({
      ...planFacts,
      status: 'UNKNOWN',
      statusCode: status,
    });
  });

  it('U11 keeps its zeros: only the operator who cannot say makes them unknown', () => {
    expect(decode(usageBody({ status: 'SUSPENDED', remaining: 0 }))).toEqual({
      ...planFacts,
      status: 'UNKNOWN',
      statusCode: 'SUSPENDED',
      data: { unit: 'MEGABYTES', total: 2048, remaining: 0, used: 2048 },
    });
  });
});

describe('an expiry', () => {
  it.each([
    { text: '2022-01-01 00:00:00', iso: '2022-01-01T00:00:00.000Z' },
    { text: '2024-02-29 23:59:59', iso: '2024-02-29T23:59:59.000Z' },
    { text: '9999-12-31 23:59:59', iso: '9999-12-31T23:59:59.000Z' },
  ])('is read as UTC: $text', ({ text, iso }) => {
    expect(decode(usageBody({ expired_at: text }))).toEqual({
      ...planFacts,
      expiresAtSeconds: Date.parse(iso) / 1_000,
    });
  });

  it('U14 an expiry that is null is null, without a warning', () => {
    expect(decode(usageBody({ expired_at: null }))).toEqual({ ...planFacts, expiresAtSeconds: null });
  });

  it.each([
    '',
    'soon',
    '0000-00-00 00:00:00',
    '2023-02-29 00:00:00',
    '2023-04-31 00:00:00',
    '2023-13-01 00:00:00',
    '2023-01-00 00:00:00',
    '2023-01-01 24:00:00',
    '2023-01-01 00:60:00',
    '2016-12-31 23:59:60',
    '2023-01-01',
    '2023-01-01T00:00:00',
    '2023-01-01 00:00:00Z',
    '2023-01-01 00:00:00.000',
    '2023-01-01 00:00:00 ',
    ' 2023-01-01 00:00:00',
    '2023-01-01 00:00:00\n',
    '2023-1-1 0:0:0',
    '+002023-01-01 00:00:00',
    '１２３４-01-01 00:00:00',
    '1672531200',
  ])('U14 an expiry that cannot be read is null, with a warning: %j', (text) => {
    expect(decode(usageBody({ expired_at: text }))).toEqual({
      ...planFacts,
      expiresAtSeconds: null,
      expiryUnreadable: true,
    });
  });
});

const countFields = ['total', 'remaining', 'total_voice', 'remaining_voice', 'total_text', 'remaining_text'];
const allFields = [...countFields, 'expired_at', 'is_unlimited', 'status'];

describe('wrong types', () => {
  it.each(countFields.flatMap((field) => notCounts().map((json) => ({ field, json }))))(
    'U9 $field is refused, by its name alone: $json',
    ({ field, json }) => {
      const body = usageBody({ [field]: 'HERE' }).replace('"HERE"', json);
      expect(refusal(body)).toEqual(garbled(`data.${field}`));
    },
  );

  it.each(['"767"', '"0767"', '767.0', '7.67e2'])(
    'U9 a plain number is accepted, also as text: %s',
    (json) => {
      const body = usageBody({ remaining: 'HERE', total: '2048' }).replace('"HERE"', json);
      expect(decode(body)).toEqual(planFacts);
    },
  );

  it('U9 the largest number that GraphQL can carry is accepted', () => {
    expect(decode(usageBody({ total: most, remaining: String(most) })).data).toEqual({
      unit: 'MEGABYTES',
      total: most,
      remaining: most,
      used: 0,
    });
  });

  it.each([
    { field: 'expired_at', values: [1672531200, true, [], {}, ['2022-01-01 00:00:00']] },
    { field: 'is_unlimited', values: ['true', 'false', 0, 1, '', [], {}] },
    { field: 'status', values: [null, 1, true, [], {}, '', ['ACTIVE'], 'x'.repeat(101)] },
  ])('U9 $field is refused when it is of another type', ({ field, values }) => {
    for (const value of values)
      expect(refusal(usageBody({ [field]: value })), JSON.stringify(value)).toEqual(garbled(`data.${field}`));
  });

  it('U9 every field at fault is named, and none of their values', () => {
    const marked = Object.fromEntries(allFields.map((field) => [field, { 'MARKER-NAME': 'MARKER-VALUE' }]));
    expect(refusal(usageBody(marked))).toEqual(garbled(allFields.map((field) => `data.${field}`).join(', ')));
  });

  it.each([
    { total: 'total', remaining: 'remaining' },
    { total: 'total_voice', remaining: 'remaining_voice' },
    { total: 'total_text', remaining: 'remaining_text' },
  ])('U9 more remaining than there is in $total cannot be true', ({ total, remaining }) => {
    expect(refusal(usageBody({ [total]: 1, [remaining]: 2 }))).toEqual(garbled(`data.${remaining}`));
  });
});

describe('fields', () => {
  it.each(allFields)('U10 %s is missed by its name', (field) => {
    const { [field]: missing, ...rest } = plan;
    expect(missing).not.toBe(undefined);
    expect(refusal(JSON.stringify({ data: rest }))).toEqual(garbled(`data.${field}`));
  });

  it('U10 fields that are not documented are ignored', () => {
    const data = { ...plan, remaining_mms: -1, nested: { total: 'MARKER' }, constructor: 5 };
    expect(decode(JSON.stringify({ data, meta: null, links: [] }))).toEqual(planFacts);
  });

  it('U10 a prototype is no field', () => {
    const body = JSON.stringify({ data: {} }).replace('{}', `{"__proto__":${JSON.stringify(plan)}}`);
    expect(refusal(body)).toMatchObject({ fault: 'garbled' });
  });
});

describe('a body that is no usage reply', () => {
  it.each([
    { name: 'nothing', body: '' },
    { name: 'white space', body: ' \n' },
    { name: 'text', body: 'MARKER' },
    { name: 'HTML', body: '<html>MARKER</html>' },
    { name: 'half of one', body: usageBody().slice(0, 100) },
    { name: 'one and a half', body: usageBody() + usageBody() },
    { name: 'a trailing comma', body: '{"data":{},}' },
    { name: 'NaN', body: usageBody({ total: 'HERE' }).replace('"HERE"', 'NaN') },
    { name: 'Infinity', body: usageBody({ total: 'HERE' }).replace('"HERE"', 'Infinity') },
    { name: 'hexadecimal', body: usageBody({ total: 'HERE' }).replace('"HERE"', '0x800') },
    { name: 'a leading zero', body: usageBody({ total: 'HERE' }).replace('"HERE"', '02048') },
    { name: 'a byte order mark', body: `\uFEFF${usageBody()}` },
    { name: 'UTF-16', body: Buffer.from(usageBody(), 'utf16le') },
    { name: 'invalid UTF-8', body: Buffer.from(usageBody({ status: 'ACTIVE\xff' }), 'latin1') },
    { name: 'an overlong character', body: Buffer.from(usageBody({ status: '\xc0\xaf' }), 'latin1') },
    { name: 'a NUL', body: `${usageBody()}\0` },
  ])('U8 is refused as no JSON: $name', ({ body }) => {
    expect(refusal(body)).toEqual(garbled('not JSON'));
  });

  it.each(['null', '[]', `[${usageBody()}]`, 'true', '5', '"MARKER"'])('U8 is refused: %.30s', (body) => {
    expect(refusal(body)).toEqual(garbled('not an object'));
  });

  it.each(['{}', '{"data":null}', '{"data":[]}', '{"data":"MARKER"}', '{"DATA":{}}'])(
    'U8 is refused: %s',
    (body) => {
      expect(refusal(body)).toEqual(garbled('data'));
    },
  );

  it('U8 is refused when it is nested as deep as it can be', () => {
    expect(refusal('['.repeat(32_768) + ']'.repeat(32_768))).toEqual(garbled('not an object'));
  });
});

describe('any body', () => {
  it('is a reading whose numbers can be true, or garbled: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(verdictOn(bytes)).not.toBe('false');
      }),
    );
  });

  it('is a reading whose numbers can be true, or garbled: any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(verdictOn(Buffer.from(json))).not.toBe('false');
      }),
    );
  });

  it('is a reading whose numbers can be true, or garbled: any values in the documented fields', () => {
    const count = fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 20 }) },
      { weight: 3, arbitrary: fc.constantFrom(0, most, most + 1, -1, '0', '20', String(most + 1)) },
      { weight: 1, arbitrary: fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.jsonValue()) },
    );
    const data = fc.record({
      ...Object.fromEntries(countFields.map((field) => [field, count])),
      expired_at: fc.oneof(fc.constantFrom(null, '2022-01-01 00:00:00'), fc.string()),
      is_unlimited: fc.constantFrom(true, false, null),
      status: fc.oneof(fc.constantFrom(...Object.values(UsageStatus)), fc.string()),
    });
    const seen = new Set<string>();
    fc.assert(
      fc.property(data, (values) => {
        const verdict = verdictOn(Buffer.from(JSON.stringify({ data: values })));
        expect(verdict).not.toBe('false');
        seen.add(verdict);
      }),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual(['garbled', 'true']);
  });

  it('is exactly the reading that was written into it', () => {
    fc.assert(
      fc.property(documentedFacts(), fc.boolean(), (facts, asText) => {
        expect(decode(bodyOf(facts, asText))).toEqual(facts);
      }),
      { numRuns: 500 },
    );
  });
});

function decode(body: string | Uint8Array): UsageFacts {
  return decodeUsage(Buffer.from(body));
}

/** All that the error says which `decodeUsage` throws. */
function refusal(body: string | Uint8Array): Readonly<Record<string, unknown>> {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof UpstreamError) return factsOf(error);
    throw error;
  }
  throw new TypeError('expected an error');
}

function garbled(fields: string): Readonly<Record<string, unknown>> {
  return {
    name: 'UpstreamError',
    message: `garbled: ${fields}`,
    code: 'UNAVAILABLE',
    fault: 'garbled',
    delivery: 'answered',
    retryAfterMs: null,
    concerns: 'iccid',
    retryable: false,
    cause: undefined,
  };
}

function recycledFacts(): UsageFacts {
  return {
    status: 'RECYCLED',
    statusCode: 'RECYCLED',
    isUnlimited: null,
    data: null,
    voice: null,
    text: null,
    expiresAtSeconds: null,
    expiryUnreadable: false,
  };
}

/** JSON that is no whole number from 0 to the largest that GraphQL can carry. */
function notCounts(): string[] {
  const numbers = [
    '-1',
    '0.5',
    '767.25',
    '2147483648',
    '9007199254740993',
    '1e10',
    '1e308',
    '1e400',
    '-1e400',
  ];
  const texts = [
    '',
    ' ',
    'MARKER',
    '-1',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '1 ',
    '1,000',
    '0x10',
    '２０',
    'NaN',
    'null',
  ];
  const large = ['2147483648', '9999999999', '00000000001', '9'.repeat(400)];
  return [
    ...numbers,
    ...[...texts, ...large].map((text) => JSON.stringify(text)),
    'null',
    'true',
    'false',
    '[]',
    '[1]',
    '{}',
  ];
}

/** Whether what a body decodes to can be `true`; `garbled` when it is refused as that. */
function verdictOn(body: Uint8Array): 'true' | 'false' | 'garbled' {
  try {
    const { data, voice, text } = decodeUsage(body);
    return [data, voice, text].every(canBeTrue) ? 'true' : 'false';
  } catch (error) {
    if (error instanceof UpstreamError && error.fault === 'garbled' && error.delivery === 'answered')
      return 'garbled';
    throw error;
  }
}

function canBeTrue(quota: UsageQuota | null): boolean {
  if (quota === null) return true;
  const { total, remaining, used } = quota;
  const areCounts = [total, remaining, used].every(
    (count) => Number.isInteger(count) && count >= 0 && count <= most,
  );
  return areCounts && total > 0 && used === total - remaining;
}

/** Facts of which a documented body can say all. */
function documentedFacts(): fc.Arbitrary<UsageFacts> {
  const quota = <Unit extends UsageQuota['unit']>(unit: Unit, leastRemaining: number) =>
    fc.option(
      fc
        .tuple(fc.integer({ min: leastRemaining, max: most }), fc.nat({ max: most }))
        .filter(([remaining, used]) => remaining + used > 0 && remaining + used <= most)
        .map(([remaining, used]) => ({ unit, total: remaining + used, remaining, used })),
    );
  const statuses = Object.values(UsageStatus).filter((status) => status !== 'RECYCLED');

  return fc.constantFrom(...statuses).chain((status) => {
    const leastRemaining = status === 'UNKNOWN' ? 1 : 0;
    return fc
      .record({
        status: fc.constant(status),
        statusCode: fc.constant<string>(status),
        isUnlimited: fc.constantFrom(true, false, null),
        data: quota('MEGABYTES', leastRemaining),
        voice: quota('MINUTES', leastRemaining),
        text: quota('MESSAGES', leastRemaining),
        expiresAtSeconds: fc.option(
          fc
            .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
            .map((date) => Math.floor(date.getTime() / 1_000)),
        ),
        expiryUnreadable: fc.constant(false),
      })
      .map((facts) => (facts.isUnlimited === false ? facts : { ...facts, data: null }));
  });
}

function textOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');
}

function bodyOf(facts: UsageFacts, asText: boolean): string {
  const count = (value: number | undefined): number | string => (asText ? String(value ?? 0) : (value ?? 0));
  return JSON.stringify({
    data: {
      total: count(facts.data?.total),
      remaining: count(facts.data?.remaining),
      total_voice: count(facts.voice?.total),
      remaining_voice: count(facts.voice?.remaining),
      total_text: count(facts.text?.total),
      remaining_text: count(facts.text?.remaining),
      expired_at: facts.expiresAtSeconds === null ? null : textOf(facts.expiresAtSeconds),
      is_unlimited: facts.isUnlimited,
      status: facts.statusCode,
    },
    meta: { message: 'api.succes' },
  });
}
