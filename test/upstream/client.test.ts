import { scenarioIccids, type WholeReply } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../src/events.js';
import type { UsageReading } from '../../src/usage.js';
import { startFaultServer } from '../support/fault-server.js';
import { iccidNumber, iccidOf } from '../support/iccids.js';
import { createLatch } from '../support/latch.js';
import { readingOf } from '../support/readings.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import {
  callTimeoutMs,
  patient,
  recycledMs,
  startUpstreamPath,
  type UpstreamPath,
  type UpstreamPathOptions,
  upstreamCacheMs,
} from '../support/upstream-path.js';
import { usageBody } from '../support/usage-body.js';

const iccid = iccidOf(scenarioIccids.unlimitedWithNumbers);
const startMs = 1_000;

describe('the request', () => {
  it('is the documented one, and nothing more', async () => {
    const { client, simulator, token } = await start();
    await client.read(iccid, patient);
    expect(simulator.arrivals.at(-1)).toEqual({
      kind: 'usage',
      iccid,
      method: 'GET',
      path: `/v2/sims/${iccid}/usage`,
      headers: {
        host: simulator.url.slice('http://'.length),
        connection: 'close',
        accept: 'application/json',
        authorization: `Bearer ${token.current()}`,
      },
      atMs: expect.any(Number),
      status: 200,
    });
  });

  it('has no body', async () => {
    const path = await start();
    const bodies: string[] = [];
    path.bendUsage(({ body }) => {
      bodies.push(body);
      return undefined;
    });
    await path.client.read(iccid, patient);
    expect(bodies).toEqual(['']);
  });

  it.each([
    { name: '15 digits', text: '894000000000001' },
    { name: '22 digits', text: '8944465400000267221123' },
    { name: 'leading zeros', text: '000000000000000000001' },
    { name: 'nothing but zeros', text: '000000000000000' },
    { name: 'more than a JSON number can hold', text: '89012345678901234567' },
  ])('has the ICCID as it is: $name', async ({ text }) => {
    const { client, simulator, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status: 404 }));
    await refusalOf(client.read(iccidOf(text), patient));
    expect(simulator.arrivals.at(-1)).toMatchObject({ method: 'GET', path: `/v2/sims/${text}/usage` });
  });

  it('has the ICCID as it is, whatever that is', async () => {
    const { client, simulator, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status: 404 }));
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9]{15,22}$/), async (text) => {
        const before = simulator.arrivals.length;
        await refusalOf(client.read(iccidOf(text), patient));
        expect(simulator.arrivals.slice(before).map(({ path }) => path)).toEqual([`/v2/sims/${text}/usage`]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a reading', () => {
  it('is stamped with when it came and how old it may be', async () => {
    const { client, clock } = await start();
    await clock.advance(5_000);
    expect(await client.read(iccid, patient)).toEqual(
      readingOf(iccid, startMs + 5_000, {
        isUnlimited: true,
        data: null,
        expiresAtSeconds: Date.parse('2022-01-01T00:00:00Z') / 1_000,
      }),
    );
  });

  it('is fresh from its arrival on, and can be as old as the upstream’s own reading was when it was asked', async () => {
    const { client, clock, bendUsage, events } = await start();
    const arrived = createLatch();
    const released = createLatch();
    bendUsage(() => {
      arrived.open();
      return released.opened;
    });
    const reading = client.read(iccid, patient);
    await arrived.opened;
    await clock.advance(7_000);
    released.open();
    expect(await reading).toMatchObject({
      fetchedAtMs: startMs + 7_000,
      asOfNotBeforeMs: startMs - upstreamCacheMs,
      freshUntilMs: startMs + 7_000 + upstreamCacheMs,
    });
    expect(events.filter(({ type }) => type.startsWith('upstream.'))).toEqual<UsageEvent[]>([
      { type: 'upstream.request', iccid },
      { type: 'upstream.reply', iccid, status: 200, tookMs: 7_000 },
    ]);
  });

  it('says that its numbers are mock numbers in sandbox mode', async () => {
    const { client } = await start({ environment: 'SANDBOX' });
    expect(await client.read(iccid, patient)).toMatchObject({ environment: 'SANDBOX' });
  });

  it('U12 of a recycled eSIM is not asked for again for a day', async () => {
    const { client } = await start();
    const recycled = iccidOf(scenarioIccids.recycled);
    expect(await client.read(recycled, patient)).toEqual(recycledReading(recycled));
  });

  it.each([
    { name: 'an expiry of 0000-00-00', expired_at: '0000-00-00 00:00:00' },
    { name: 'a day that does not exist', expired_at: '2023-02-30 00:00:00' },
    { name: 'a text', expired_at: 'MARKER' },
  ])('U14 with $name has none, and a warning each time', async ({ expired_at }) => {
    const { client, bendUsage, events } = await start();
    bendUsage(({ reply }) => ({ ...reply, body: usageBody({ expired_at }) }));
    expect(await client.read(iccid, patient)).toEqual(readingOf(iccid, startMs));
    await client.read(iccid, patient);
    expect(events.filter(({ type }) => type === 'upstream.expiryUnreadable')).toEqual<UsageEvent[]>([
      { type: 'upstream.expiryUnreadable', iccid },
      { type: 'upstream.expiryUnreadable', iccid },
    ]);
  });

  it('U14 with no expiry has no warning either', async () => {
    const { client, events } = await start();
    expect(await client.read(iccidOf(scenarioIccids.notActive), patient)).toMatchObject({
      expiresAtSeconds: null,
    });
    expect(warnings(events)).toEqual([]);
  });

  it('U11 of a status never seen before is warned of once for each value', async () => {
    const { client, bendUsage, events } = await start();
    const read = async (status: string): Promise<UsageReading> => {
      bendUsage(({ reply }) => ({ ...reply, body: usageBody({ status, expired_at: null }) }));
      return client.read(iccid, patient);
    };
    for (const status of ['SUSPENDED', 'PAUSED', 'SUSPENDED', 'suspended'])
      expect(await read(status)).toEqual(
        readingOf(iccid, startMs, { status: 'UNKNOWN', statusCode: status }),
      );
    expect(warnings(events)).toEqual<UsageEvent[]>([
      { type: 'upstream.statusUnknown', iccid, statusCode: 'SUSPENDED' },
      { type: 'upstream.statusUnknown', iccid, statusCode: 'PAUSED' },
      { type: 'upstream.statusUnknown', iccid, statusCode: 'suspended' },
    ]);
  });

  it('U11 of a status never seen before is warned of for a hundred values at most', async () => {
    const { client, bendUsage, events } = await start();
    for (let index = 0; index < 103; index += 1) {
      bendUsage(({ reply }) => ({ ...reply, body: usageBody({ status: `STATUS-${index}` }) }));
      expect(await client.read(iccid, patient)).toMatchObject({ statusCode: `STATUS-${index}` });
    }
    expect(warnings(events).map((event) => Reflect.get(event, 'statusCode'))).toEqual(
      Array.from({ length: 100 }, (_, index) => `STATUS-${index}`),
    );
  });

  it.each(['NOT_ACTIVE', 'ACTIVE', 'FINISHED', 'UNKNOWN', 'EXPIRED', 'RECYCLED'])(
    'U11 of the known status %s is not warned of',
    async (status) => {
      const { client, bendUsage, events } = await start();
      bendUsage(({ reply }) => ({ ...reply, body: usageBody({ status }) }));
      expect(await client.read(iccid, patient)).toMatchObject({ status, statusCode: status });
      expect(warnings(events)).toEqual([]);
    },
  );

  it.each([
    ['U8', 'null', 'not an object'],
    ['U8', '<html>', 'not JSON'],
    ['U9', usageBody({ total: -1 }), 'data.total'],
    ['U10', usageBody().replace('"total"', '"sum"'), 'data.total'],
  ])('%s that cannot be believed is none, and is reported by its fields', async (_, body, fields) => {
    const { client, bendUsage, events } = await start();
    bendUsage(({ reply }) => ({ ...reply, body }));
    const error = await refusalOf(client.read(iccid, patient));
    expect(factsOf(error)).toEqual({ ...failure(200, 'garbled'), message: `garbled: ${fields}` });
    expect(events.at(-1)).toEqual({ type: 'upstream.failed', iccid, error });
  });
});

describe('a status', () => {
  it.each([
    { status: 201, fault: 'garbled' },
    { status: 206, fault: 'garbled' },
    { status: 300, fault: 'garbled' },
    { status: 400, fault: 'garbled' },
    { status: 402, fault: 'garbled' },
    { status: 405, fault: 'garbled' },
    { status: 418, fault: 'garbled' },
    { status: 499, fault: 'garbled' },
    { status: 501, fault: 'failing' },
    { status: 502, fault: 'failing' },
    { status: 599, fault: 'failing' },
  ])('of $status is $fault, whatever its body and headers say', async ({ status, fault }) => {
    const { client, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status, headers: { 'Retry-After': '5' } }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(failure(status, fault));
  });

  it('U4 of 408 is no answer, and may well succeed at once', async () => {
    const { client, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status: 408 }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual({
      ...failure(408, 'unanswered'),
      delivery: 'unanswered',
      retryable: true,
    });
  });

  it.each([500, 504])('U6 of %d is failing, and may well succeed at once', async (status) => {
    const { client, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status, headers: { 'Retry-After': '5' } }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual({
      ...failure(status, 'failing'),
      retryable: true,
    });
  });

  it.each([
    { said: '5', told: { concerns: 'company', retryAfterMs: 5_000 } },
    { said: '0', told: { concerns: 'company', retryAfterMs: 0 } },
    { said: 'soon', told: { concerns: 'iccid', retryAfterMs: null } },
    { said: null, told: { concerns: 'iccid', retryAfterMs: null } },
  ])('U6 of 503 concerns the whole company when it says when to come back: $said', async ({ said, told }) => {
    const { client, bendUsage } = await start();
    const headers: Record<string, string> = said === null ? {} : { 'Retry-After': said };
    bendUsage(({ reply }) => ({ ...reply, status: 503, headers }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual({
      ...failure(503, 'failing'),
      retryable: true,
      ...told,
    });
  });

  it.each([204, 304])('of %d is garbled, though it needs no body', async (status) => {
    const { client, bendUsage } = await start();
    bendUsage(() => ({ kind: 'whole', status, headers: {}, body: '' }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(failure(status, 'garbled'));
  });

  it('U7 of 502 is failing, and its HTML is neither read nor repeated', async () => {
    const { client, bendUsage, events } = await start();
    const headers = { 'Content-Type': 'text/html' };
    bendUsage(() => ({ kind: 'whole', status: 502, headers, body: '<h1>MARKER</h1>' }));
    const error = await refusalOf(client.read(iccid, patient));
    expect(factsOf(error)).toEqual(failure(502, 'failing'));
    expect(events.slice(-2)).toEqual<UsageEvent[]>([
      { type: 'upstream.reply', iccid, status: 502, tookMs: 0 },
      { type: 'upstream.failed', iccid, error },
    ]);
  });

  it.each([301, 302, 303, 307, 308])(
    'U17 of %d is garbled, and the host it points to is not asked',
    async (status) => {
      const elsewhere = await startFaultServer({});
      const { client, bendUsage, usageCalls } = await start();
      const headers = { Location: `http://127.0.0.1:${elsewhere.port}/v2/sims/${iccid}/usage` };
      bendUsage(({ reply }) => ({ ...reply, status, headers }));
      expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(failure(status, 'garbled'));
      expect(usageCalls()).toEqual([iccid]);
      expect(elsewhere.received).toEqual([]);
    },
  );

  it('of 401 is unauthorized, and drops the token', async () => {
    const { client, token, simulator, events } = await start();
    simulator.revokeTokens();
    const error = await refusalOf(client.read(iccid, patient));
    expect(factsOf(error)).toEqual({
      ...failure(401, 'unauthorized'),
      name: 'UnauthorizedError',
      message: 'unauthorized: token refused',
    });
    expect(token.current()).toBe(null);
    expect(events.slice(-3)).toEqual<UsageEvent[]>([
      { type: 'upstream.reply', iccid, status: 401, tookMs: 0 },
      { type: 'token.rejected' },
      { type: 'upstream.failed', iccid, error },
    ]);
  });

  it('U21 of 403 is forbidden, and the token stays', async () => {
    const { client, token, bendUsage, awaitToken, tokenCallsMs } = await start();
    const before = token.current();
    const body = '{"code":89,"reason":"MARKER"}';
    bendUsage(() => ({ kind: 'whole', status: 403, headers: {}, body }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(failure(403, 'forbidden'));
    await awaitToken();
    expect(token.current()).toBe(before);
    expect(tokenCallsMs).toEqual([startMs]);
  });

  it('U25 of 404 is not found, which is no failure', async () => {
    const { client, events } = await start();
    const unknown = iccidOf(scenarioIccids.notFound);
    expect(factsOf(await refusalOf(client.read(unknown, patient)))).toEqual(notFound);
    expect(events.at(-1)).toEqual({ type: 'upstream.reply', iccid: unknown, status: 404, tookMs: 0 });
  });

  it.each(['', 'null', '<html>', '{"data":{"total":5}}', usageBody()])(
    'U25 of 404 is not found, whatever the body says: %.20j',
    async (body) => {
      const { client, bendUsage } = await start();
      bendUsage(() => ({ kind: 'whole', status: 404, headers: {}, body }));
      expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(notFound);
    },
  );

  it('U26 of 422 with business code 73 is a recycled eSIM', async () => {
    const { client, bendUsage, events } = await start();
    bendUsage(() => ({ kind: 'whole', status: 422, headers: {}, body: '{"code":73,"reason":"MARKER"}' }));
    expect(await client.read(iccid, patient)).toEqual(recycledReading(iccid));
    expect(events.at(-1)).toEqual({ type: 'upstream.businessCode', iccid, code: 73 });
  });

  it('U26 of 422 with business code 13 is unavailable for a minute, and the code is reported', async () => {
    const { client, bendUsage, events } = await start();
    bendUsage(() => ({ kind: 'whole', status: 422, headers: {}, body: '{"code":13,"reason":"MARKER"}' }));
    const error = await refusalOf(client.read(iccid, patient));
    expect(factsOf(error)).toEqual({
      ...failure(422, 'failing'),
      message: 'failing: business code 13',
      retryAfterMs: 60_000,
    });
    expect(events.slice(-2)).toEqual([
      { type: 'upstream.businessCode', iccid, code: 13 },
      { type: 'upstream.failed', iccid, error },
    ]);
  });

  it.each([
    { body: '{"code":34,"reason":"MARKER"}', code: 34 },
    { body: '{"code":0}', code: 0 },
    { body: '{"code":730}', code: 730 },
    { body: '{"code":-73}', code: -73 },
    { body: '{"code":null}', code: null },
    { body: '{"reason":"73"}', code: null },
    { body: '[73]', code: null },
    { body: '73', code: null },
    { body: '', code: null },
    { body: '<html>73</html>', code: null },
    { body: usageBody(), code: null },
  ])('U26 of 422 with anything else is not found, and its code $code is reported', async ({ body, code }) => {
    const { client, bendUsage, events } = await start();
    bendUsage(() => ({ kind: 'whole', status: 422, headers: {}, body }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(notFound);
    expect(events.at(-1)).toEqual({ type: 'upstream.businessCode', iccid, code });
  });

  const afterTenSeconds = 'Thu, 01 Jan 2026 00:00:11 GMT';

  it.each([
    { id: 'U27', name: '30 seconds', headers: { 'Retry-After': '30' }, retryAfterMs: 30_000 },
    { id: 'U27', name: 'an hour', headers: { 'Retry-After': '3600' }, retryAfterMs: 3_600_000 },
    { id: 'U28', name: 'nothing', headers: {}, retryAfterMs: null },
    { id: 'U29', name: 'soon', headers: { 'Retry-After': 'soon' }, retryAfterMs: null },
    { id: 'U29', name: '-5', headers: { 'Retry-After': '-5' }, retryAfterMs: null },
    {
      id: 'U29',
      name: 'a date, on a clock an hour ahead',
      headers: { 'Retry-After': 'Thu, 01 Jan 2026 01:00:09 GMT', Date: 'Thu, 01 Jan 2026 01:00:02 GMT' },
      retryAfterMs: 7_000,
    },
  ])('$id of 429 is too many requests, with what it says of $name', async ({ headers, retryAfterMs }) => {
    const { client, bendUsage, events } = await start();
    const body = '{"message":"Too Many Attempts."}';
    bendUsage(() => ({ kind: 'whole', status: 429, headers, body }));
    const error = await refusalOf(client.read(iccid, patient));
    expect(factsOf(error)).toEqual(tooMany('company', retryAfterMs));
    expect(events.at(-1)).toEqual({ type: 'upstream.failed', iccid, error });
  });

  it('U29 of 429 with a date, and none of its own, counts from the calendar', async () => {
    const { client, bendUsage } = await start();
    bendUsage(() => ({
      kind: 'raw',
      bytes: `HTTP/1.1 429 No\r\nRetry-After: ${afterTenSeconds}\r\nContent-Length: 0\r\n\r\n`,
    }));
    // The calendar says 00:00:01.
    expect(await refusalOf(client.read(iccid, patient))).toMatchObject({ retryAfterMs: 10_000 });
  });

  it.each([
    { named: '10', concerns: 'iccid' },
    { named: '10.0', concerns: 'iccid' },
    { named: '5', concerns: 'company' },
    { named: '60', concerns: 'company' },
    { named: '100', concerns: 'company' },
    { named: 'ten', concerns: 'company' },
    { named: '', concerns: 'company' },
    { named: null, concerns: 'company' },
  ])('U30 of 429 concerns the one whose limit it names, or else the company: $named', async (example) => {
    const { client, bendUsage } = await start();
    const headers: Record<string, string> =
      example.named === null ? {} : { 'X-RateLimit-Limit': example.named };
    bendUsage(({ reply }) => ({ ...reply, status: 429, headers }));
    expect(factsOf(await refusalOf(client.read(iccid, patient)))).toEqual(tooMany(example.concerns, null));
  });

  it('U30 of 429 concerns the company when both limits are the same', async () => {
    const { client, bendUsage } = await start({ companyRequests: 10 });
    bendUsage(({ reply }) => ({ ...reply, status: 429, headers: { 'X-RateLimit-Limit': '10' } }));
    expect(await refusalOf(client.read(iccid, patient))).toMatchObject({ concerns: 'company' });
  });

  const unread: readonly { name: string; reply: Partial<WholeReply> }[] = [
    { name: 'compressed', reply: { headers: { 'Content-Encoding': 'gzip' } } },
    { name: 'oversized', reply: { body: ' '.repeat(100_000) } },
    { name: 'cut short', reply: { headers: { 'Content-Length': '500' } } },
  ];
  const statuses = [
    { status: 401, told: 'UnauthorizedError' },
    { status: 403, told: 'UpstreamError' },
    { status: 404, told: 'NotFoundError' },
    { status: 429, told: 'TooManyRequestsError' },
    { status: 502, told: 'UpstreamError' },
  ];

  it.each(unread.flatMap((body) => statuses.map((status) => ({ ...body, ...status }))))(
    'of $status is known by itself, though its body is $name',
    async ({ status, told, reply }) => {
      const { client, bendUsage, clock, http } = await start();
      bendUsage(() => ({ kind: 'whole', status, headers: {}, body: '{}', ...reply }));
      const error = await refusalOf(client.read(iccid, patient));
      expect(error).toMatchObject({ name: told, delivery: 'answered' });
      expect(error).not.toMatchObject({ fault: 'garbled' });
      await http.close();
      expect(clock.pending).toBe(0);
    },
  );

  it.each([200, 422])('of %d says nothing without its body', async (status) => {
    const { client, bendUsage } = await start();
    bendUsage(({ reply }) => ({ ...reply, status, headers: { 'Content-Encoding': 'gzip' } }));
    expect(await refusalOf(client.read(iccid, patient))).toMatchObject({ fault: 'garbled' });
  });
});

describe('onSent', () => {
  it.each([200, 401, 404, 429, 500])(
    'is called once when a call goes out, and before its %d',
    async (status) => {
      const { client, bendUsage } = await start();
      const story: string[] = [];
      bendUsage(({ reply }) => {
        story.push('arrived');
        return { ...reply, status };
      });
      await client.read(iccid, { ...patient, onSent: () => story.push('sent') }).catch(() => undefined);
      expect(story).toEqual(['sent', 'arrived']);
    },
  );

  it('is called once when a call goes out and is never answered', async () => {
    const { client, clock, bendUsage } = await start();
    const arrived = createLatch();
    bendUsage(({ reply }) => {
      arrived.open();
      return { ...reply, kind: 'broken', after: 'nothing', end: 'hang' };
    });
    let sent = 0;
    const call = refusalOf(
      client.read(iccid, {
        ...patient,
        onSent() {
          sent += 1;
        },
      }),
    );
    await arrived.opened;
    await clock.advance(callTimeoutMs);
    expect(await call).toMatchObject({ fault: 'unanswered', delivery: 'unanswered' });
    expect(sent).toBe(1);
  });

  it('is not called when no token is at hand, and nothing goes out', async () => {
    const { client, simulator, events } = await startUpstreamPath();
    let sent = 0;
    const onSent = (): void => {
      sent += 1;
    };
    expect(factsOf(await refusalOf(client.read(iccid, { ...patient, onSent })))).toEqual({
      ...failure(0, 'unauthorized'),
      name: 'UnauthorizedError',
      message: 'unauthorized: no token at hand',
      delivery: 'unsent',
    });
    expect(sent).toBe(0);
    expect(simulator.arrivals).toEqual([]);
    expect(events).toEqual([]);
  });
});

it('readings at the same time are each of their own eSIM', async () => {
  const { client, simulator } = await start();
  const iccids = Array.from({ length: 50 }, (_, index) => iccidNumber(index));
  for (const [index, each] of iccids.entries())
    simulator.addEsim(each, {
      kind: 'plan',
      isUnlimited: false,
      expiresInMs: 1_000,
      data: { total: 1_000 + index, remaining: index, usedPerHour: 0 },
    });
  const readings = await Promise.all(iccids.map((each) => client.read(each, patient)));
  expect(readings.map(({ iccid: of, data }) => ({ of, data }))).toEqual(
    iccids.map((of, index) => ({
      of,
      data: { unit: 'MEGABYTES', total: 1_000 + index, remaining: index, used: 1_000 },
    })),
  );
});

/** A path with a token at hand. */
async function start(options: UpstreamPathOptions = {}): Promise<UpstreamPath> {
  const path = await startUpstreamPath(options);
  await path.awaitToken();
  return path;
}

function warnings(events: readonly UsageEvent[]): UsageEvent[] {
  const quiet = ['token.request', 'token.reply', 'token.renewed', 'upstream.request', 'upstream.reply'];
  return events.filter(({ type }) => !quiet.includes(type));
}

function recycledReading(of: typeof iccid): UsageReading {
  return readingOf(of, startMs, {
    status: 'RECYCLED',
    statusCode: 'RECYCLED',
    isUnlimited: null,
    data: null,
    freshUntilMs: startMs + recycledMs,
  });
}

const notFound = {
  name: 'NotFoundError',
  message: 'the upstream knows no such eSIM',
  code: 'NOT_FOUND',
  delivery: 'answered',
  retryAfterMs: null,
};

function failure(status: number, fault: string): Readonly<Record<string, unknown>> {
  return {
    name: 'UpstreamError',
    message: `${fault}: answered ${status}`,
    code: 'UNAVAILABLE',
    fault,
    delivery: 'answered',
    retryAfterMs: null,
    concerns: 'iccid',
    retryable: false,
    cause: undefined,
  };
}

function tooMany(concerns: string, retryAfterMs: number | null): Readonly<Record<string, unknown>> {
  return {
    name: 'TooManyRequestsError',
    message: `the upstream's limit of the ${concerns} is exceeded`,
    code: 'THROTTLED',
    delivery: 'answered',
    concerns,
    retryAfterMs,
  };
}
