import { type Exchange, fleetIccids, type Intercept, type Reply } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { ThrottledError } from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import { createToken } from '../../src/upstream/token.js';
import { iccidOf } from '../support/iccids.js';
import { createLatch } from '../support/latch.js';
import { createManualClock } from '../support/manual-clock.js';
import { mostInAnyWindow } from '../support/most-in-any-window.js';
import { factsOf, refusalOf } from '../support/refusal.js';
import { callTimeoutMs, patient, startUpstreamPath, type UpstreamPath } from '../support/upstream-path.js';

const startMs = 1_000;
const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A token is not used in its last seconds. */
const endMarginMs = 10 * secondMs;

describe('a token request', () => {
  it('is the documented one, and nothing more', async () => {
    const { token, simulator } = await startUpstreamPath();
    await token.ready();
    expect(simulator.arrivals).toEqual([
      {
        kind: 'token',
        iccid: null,
        method: 'POST',
        path: '/v2/token',
        headers: {
          host: simulator.url.slice('http://'.length),
          connection: 'close',
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': '87',
        },
        atMs: expect.any(Number),
        status: 200,
      },
    ]);
  });

  it('carries the credentials as a form, whatever is in them', async () => {
    const path = await startUpstreamPath({ clientSecret: 'a&b=c+d %é' });
    const bodies: string[] = [];
    path.bendToken(({ body }) => {
      bodies.push(body);
      return undefined;
    });
    await path.token.ready();
    expect(bodies).toEqual([
      'client_id=simulator-client&client_secret=a%26b%3Dc%2Bd+%25%C3%A9&grant_type=client_credentials',
    ]);
  });

  it('is made once for a hundred callers, and not before the first', async () => {
    const { token, simulator, events } = await startUpstreamPath();
    expect(token.current()).toBe(null);
    await Promise.all(Array.from({ length: 100 }, () => token.ready()));
    await token.ready();
    expect(simulator.arrivals.length).toBe(1);
    expect(token.current()).toMatch(/^simulator-/);
    expect(events).toEqual<UsageEvent[]>([{ type: 'token.renewed', lifetimeMs: dayMs }]);
  });

  it('fails once for a hundred callers, and each is told when to come back', async () => {
    const { token, simulator, bendToken, events } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status: 500 }));
    const errors = await Promise.all(Array.from({ length: 100 }, () => refusalOf(token.ready())));
    for (const error of errors) expect(factsOf(error)).toEqual(remembered(500, 'failing', 30 * secondMs));
    expect(simulator.arrivals.length).toBe(1);
    expect(events).toEqual<unknown[]>([
      { type: 'token.failed', error: errors[0]?.cause, retryAfterMs: 30 * secondMs },
    ]);
  });

  it('waits for the limits, and is asked for again when they allow it', async () => {
    const clock = createManualClock();
    let asked = 0;
    const token = createToken({
      http: { send: () => Promise.reject(new TypeError('not to be called')), close: async () => undefined },
      clientId: 'id',
      clientSecret: 'secret',
      async limit() {
        asked += 1;
        throw new ThrottledError('gateway', 7 * secondMs);
      },
      clock,
      report: () => undefined,
    });
    const first = await refusalOf(token.ready());
    await clock.advance(3 * secondMs);
    const second = await refusalOf(token.ready());
    expect(
      [first, second].map(({ code, delivery, retryAfterMs }) => ({ code, delivery, retryAfterMs })),
    ).toEqual([
      { code: 'THROTTLED', delivery: 'unsent', retryAfterMs: 7 * secondMs },
      { code: 'THROTTLED', delivery: 'unsent', retryAfterMs: 4 * secondMs },
    ]);
    expect(asked).toBe(1);
    await clock.advance(4 * secondMs);
    await refusalOf(token.ready());
    expect(asked).toBe(2);
  });

  it('lets a bug of ours through, and does not remember it', async () => {
    const bug = new TypeError('a bug');
    const events: UsageEvent[] = [];
    let asked = 0;
    const token = createToken({
      http: { send: () => Promise.reject(bug), close: async () => undefined },
      clientId: 'id',
      clientSecret: 'secret',
      limit(call) {
        asked += 1;
        return call();
      },
      clock: createManualClock(),
      report: (event) => events.push(event),
    });
    await expect(token.ready()).rejects.toBe(bug);
    await expect(token.ready()).rejects.toBe(bug);
    expect(asked).toBe(2);
    expect(events).toEqual([]);
  });
});

describe('the lifetime of a token', () => {
  it.each([
    { said: undefined, lifetimeMs: minuteMs },
    { said: null, lifetimeMs: minuteMs },
    { said: 0, lifetimeMs: minuteMs },
    { said: -1, lifetimeMs: minuteMs },
    { said: -1e308, lifetimeMs: minuteMs },
    { said: 59.9, lifetimeMs: minuteMs },
    { said: 60, lifetimeMs: minuteMs },
    { said: 3_600, lifetimeMs: hourMs },
    { said: 86_399, lifetimeMs: dayMs - secondMs },
    { said: 86_400, lifetimeMs: dayMs },
    { said: 31_622_400, lifetimeMs: dayMs },
    { said: 315_360_000, lifetimeMs: dayMs },
    { said: 1e308, lifetimeMs: dayMs },
    { said: '3600', lifetimeMs: hourMs },
    { said: '999999999999', lifetimeMs: dayMs },
    { said: '-3600', lifetimeMs: minuteMs },
    { said: 'soon', lifetimeMs: minuteMs },
    { said: '', lifetimeMs: minuteMs },
    { said: true, lifetimeMs: minuteMs },
    { said: [3_600], lifetimeMs: minuteMs },
  ])(
    'U24 that says $said is used for $lifetimeMs ms, but for the last seconds',
    async ({ said, lifetimeMs }) => {
      const { token, clock, bendToken, events } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: said }));
      await token.ready();
      expect(events).toEqual<UsageEvent[]>([{ type: 'token.renewed', lifetimeMs }]);
      await clock.advance(lifetimeMs - endMarginMs - 1);
      expect(token.current()).toBe('a-token');
      await clock.advance(1);
      expect(token.current()).toBe(null);
    },
  );

  it.each([60, 61, 99, 3_600, 86_400])(
    'of %d s is renewed in the background, when nine tenths of its use are over',
    async (seconds) => {
      const { token, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: seconds }));
      await token.ready();
      const renewAfterMs = (seconds * secondMs - endMarginMs) * 0.9;
      await clock.advance(renewAfterMs - 1);
      await token.ready();
      expect(tokenCallsMs).toEqual([startMs]);

      await clock.advance(1);
      const arrived = createLatch();
      const released = createLatch();
      bendToken(async () => {
        arrived.open();
        await released.opened;
        return tokenReply({ access_token: 'another-token' })();
      });
      await Promise.all(Array.from({ length: 100 }, () => token.ready()));
      await arrived.opened;
      expect(token.current()).toBe('a-token');
      released.open();
      await tokenSettled();
      expect(token.current()).toBe('another-token');
      expect(tokenCallsMs).toEqual([startMs, startMs + renewAfterMs]);
    },
  );

  it('that is over before anybody asked again is waited for', async () => {
    const { token, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await token.ready();
    await clock.advance(hourMs);
    bendToken(tokenReply({ access_token: 'another-token' }));
    await token.ready();
    expect(token.current()).toBe('another-token');
    expect(tokenCallsMs).toEqual([startMs, startMs + hourMs]);
  });
});

describe('a token reply', () => {
  it.each([
    { name: 'a line break', access_token: 'MARKER\r\nX-Injected: 1' },
    { name: 'a line break at its end', access_token: 'MARKER\n' },
    { name: 'a space', access_token: 'MARKER MARKER' },
    { name: 'a character that is not ASCII', access_token: 'MARKERé' },
    { name: 'a NUL', access_token: 'MARKER\0' },
    { name: 'nothing in it', access_token: '' },
    { name: 'more than 8192 characters', access_token: `MARKER${'x'.repeat(8_187)}` },
    { name: 'a number for one', access_token: 12_345 },
    { name: 'null for one', access_token: null },
    { name: 'none', access_token: undefined },
  ])('with $name in its token is refused, and the token is not repeated', async ({ access_token }) => {
    const { token, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token }));
    const error = await refusalOf(token.ready());
    expect(factsOf(error)).toEqual({
      ...remembered(200, 'garbled', 30 * secondMs),
      message: 'garbled: data.access_token',
      cause: expect.objectContaining({ fault: 'garbled', delivery: 'answered' }),
    });
    expect(token.current()).toBe(null);
  });

  it.each([
    { body: 'null', detail: 'not an object' },
    { body: '{"data":[]}', detail: 'data' },
    { body: '{"access_token":"MARKER"}', detail: 'data' },
    { body: '<html>MARKER', detail: 'not JSON' },
  ])('that is none is refused: $body', async ({ body, detail }) => {
    const { token, bendToken } = await startUpstreamPath();
    bendToken(() => ({ kind: 'whole', status: 200, headers: {}, body }));
    expect((await refusalOf(token.ready())).message).toBe(`garbled: ${detail}`);
  });

  it('with the longest token that fits a header is taken', async () => {
    const { token, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: '~'.repeat(8_192) }));
    await token.ready();
    expect(token.current()).toBe('~'.repeat(8_192));
  });
});

describe('credentials that are refused', () => {
  it.each([
    { what: 'secret', known: { clientSecret: 'another' }, status: 401 },
    { what: 'client id', known: { clientId: 'another' }, status: 422 },
  ])('are not tried again for a minute, and then once: a wrong $what', async ({ known, status }) => {
    const { token, clock, tokenCallsMs } = await startUpstreamPath({ simulator: known });
    expect(factsOf(await refusalOf(token.ready()))).toEqual(remembered(status, 'forbidden', minuteMs));
    await clock.advance(minuteMs - 1);
    expect(factsOf(await refusalOf(token.ready()))).toEqual(remembered(status, 'forbidden', 1));
    expect(tokenCallsMs).toEqual([startMs]);
    await clock.advance(1);
    await Promise.all([refusalOf(token.ready()), refusalOf(token.ready())]);
    expect(tokenCallsMs).toEqual([startMs, startMs + minuteMs]);
  });

  it.each([201, 302, 400, 403, 404, 418])('and so is any other answer: %d', async (status) => {
    const { token, bendToken } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status }));
    expect(factsOf(await refusalOf(token.ready()))).toEqual(remembered(status, 'forbidden', minuteMs));
  });
});

describe('a token endpoint that fails', () => {
  const failures: { name: string; bend: (exchange: Exchange) => Reply }[] = [
    { name: 'answers 500', bend: ({ reply }) => ({ ...reply, status: 500 }) },
    { name: 'answers 503', bend: ({ reply }) => ({ ...reply, status: 503 }) },
    { name: 'resets', bend: ({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'reset' }) },
    { name: 'answers nonsense', bend: ({ reply }) => ({ ...reply, body: '<html>' }) },
  ];

  it.each(failures)(
    'U22 leaves the old token to serve until its end, and is tried twice a minute at most: $name',
    async ({ bend }) => {
      const { token, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: 3_600 }));
      await token.ready();
      bendToken(bend);
      const endMs = startMs + hourMs - endMarginMs;
      const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
      await clock.advance(renewMs - startMs);
      const outcomes = new Map<string, number>();
      while (clock.now() < endMs + 5 * minuteMs) {
        const outcome = await token.ready().then(() => token.current(), codeOf);
        const when = clock.now() < endMs ? 'before' : 'after';
        outcomes.set(`${when} its end: ${outcome}`, clock.now());
        await tokenSettled();
        await clock.advance(secondMs);
      }
      expect([...outcomes.keys()]).toEqual(['before its end: a-token', 'after its end: UNAVAILABLE']);
      const attempts = tokenCallsMs.slice(1);
      expect(attempts).toEqual(attempts.map((_, index) => renewMs + index * 30 * secondMs));
      expect(attempts.length).toBe(22);
      expect(mostInAnyWindow(tokenCallsMs, minuteMs)).toBe(2);
    },
  );

  it('U22 leaves the old token to serve while it is slow, and is not waited for', async () => {
    const { token, clock, bendToken, tokenCallsMs, events } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await token.ready();
    bendToken(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
    await clock.advance(renewMs - startMs);
    for (let step = 0; step < 50; step += 1) {
      await token.ready();
      expect(token.current()).toBe('a-token');
      await clock.advance(secondMs);
    }
    // Each takes the whole time limit, and the next comes 30 s after that.
    expect(tokenCallsMs).toEqual([startMs, renewMs, renewMs + callTimeoutMs + 30 * secondMs]);
    expect(events.slice(1)).toEqual([
      {
        type: 'token.failed',
        error: expect.objectContaining({ fault: 'unanswered' }),
        retryAfterMs: 30 * secondMs,
      },
      {
        type: 'token.failed',
        error: expect.objectContaining({ fault: 'unanswered' }),
        retryAfterMs: 30 * secondMs,
      },
    ]);
  });

  it('U22 is UNAVAILABLE after the time limit when there is no old token', async () => {
    const { token, clock, bendToken } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const waiting = refusalOf(token.ready());
    await clock.advance(callTimeoutMs);
    expect(factsOf(await waiting)).toEqual({
      ...remembered(0, 'unanswered', 30 * secondMs),
      message: 'unanswered: out of time',
      cause: expect.objectContaining({ fault: 'unanswered' }),
    });
  });

  it('is forgiven as soon as it gives a token', async () => {
    const { token, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status: 500 }));
    await refusalOf(token.ready());
    await clock.advance(30 * secondMs);
    bendToken(tokenReply({ expires_in: 3_600 }));
    await token.ready();
    expect(token.current()).toBe('a-token');
    await clock.advance(hourMs);
    await token.ready();
    expect(tokenCallsMs).toEqual([startMs, startMs + 30 * secondMs, startMs + 30 * secondMs + hourMs]);
  });
});

describe('a token endpoint that is asked too often', () => {
  it.each([
    { said: '20', waitMs: 20 * secondMs },
    { said: '60', waitMs: minuteMs },
    { said: '600', waitMs: 10 * minuteMs },
    { said: '999999', waitMs: hourMs },
    { said: null, waitMs: minuteMs },
    { said: 'soon', waitMs: minuteMs },
  ])('U23 is left alone for as long as Retry-After says, or a minute: $said', async ({ said, waitMs }) => {
    const { token, clock, bendToken, tokenCallsMs, events } = await startUpstreamPath();
    bendToken(tooManyAttempts(said));
    expect(factsOf(await refusalOf(token.ready()))).toEqual({
      name: 'RememberedError',
      message: 'throttled by the upstream',
      code: 'THROTTLED',
      delivery: 'unsent',
      retryAfterMs: waitMs,
      cause: expect.objectContaining({ source: 'upstream', delivery: 'answered' }),
    });
    expect(events).toEqual([
      { type: 'token.failed', error: expect.any(ThrottledError), retryAfterMs: waitMs },
    ]);
    await clock.advance(waitMs - 1);
    await refusalOf(token.ready());
    expect(tokenCallsMs).toEqual([startMs]);
    bendToken(undefined);
    await clock.advance(1);
    await token.ready();
    expect(tokenCallsMs).toEqual([startMs, startMs + waitMs]);
  });

  it('U23 is left alone for as long while the old token serves', async () => {
    const { token, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await token.ready();
    bendToken(tooManyAttempts('45'));
    const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
    await clock.advance(renewMs - startMs);
    for (let step = 0; step < 90; step += 1) {
      await token.ready();
      expect(token.current()).toBe('a-token');
      await tokenSettled();
      await clock.advance(secondMs);
    }
    expect(tokenCallsMs).toEqual([startMs, renewMs, renewMs + 45 * secondMs]);
  });
});

describe('a token that is refused in use', () => {
  const iccids = fleetIccids(20).map(iccidOf);
  const readAll = ({ replay }: UpstreamPath) => Promise.all(iccids.map((each) => replay.read(each, patient)));
  const failAll = ({ replay }: UpstreamPath) =>
    Promise.all(iccids.map((each) => refusalOf(replay.read(each, patient))));

  /** Answers none of twenty calls before all have arrived. */
  function onceAllArrived(answer: () => Reply | undefined): Intercept {
    let arrived = 0;
    let latch = createLatch();
    return async () => {
      const { opened, open } = latch;
      arrived += 1;
      if (arrived % iccids.length === 0) {
        latch = createLatch();
        open();
      }
      await opened;
      return answer();
    };
  }

  it('U19 in mid-flight is renewed once for twenty calls, and each is replayed once', async () => {
    const path = await startUpstreamPath();
    await path.token.ready();
    const first = path.token.current();
    path.simulator.revokeTokens();
    path.bendUsage(onceAllArrived(() => undefined));
    const readings = await readAll(path);

    expect(readings.map(({ iccid, data }) => ({ iccid, data }))).toEqual(
      iccids.map((iccid, index) => ({
        iccid,
        data: { unit: 'MEGABYTES', total: 1024 + index, remaining: 512 + index, used: 512 },
      })),
    );
    expect(path.tokenCallsMs).toEqual([startMs, startMs]);
    const sent = path.simulator.arrivals.filter(({ kind }) => kind === 'usage');
    const withToken = (token: string | null) =>
      sent
        .filter(({ headers }) => headers.authorization === `Bearer ${token}`)
        .map(({ iccid }) => iccid)
        .sort();
    expect(withToken(first)).toEqual(iccids);
    expect(withToken(path.token.current())).toEqual(iccids);
    expect(sent.length).toBe(40);
    expect(path.events.filter(({ type }) => type === 'token.rejected')).toEqual([{ type: 'token.rejected' }]);
  });

  it('U19 is renewed each time, when it was taken in between', async () => {
    const path = await startUpstreamPath();
    for (let revocation = 0; revocation < 5; revocation += 1) {
      await readAll(path);
      path.simulator.revokeTokens();
    }
    await readAll(path);
    expect(path.tokenCallsMs.length).toBe(6);
  });

  it('U19 counts as taken by a 404 as well', async () => {
    const path = await startUpstreamPath();
    path.bendUsage(({ reply }) => (reply.status === 200 ? { ...reply, status: 404 } : undefined));
    for (let revocation = 0; revocation < 3; revocation += 1) {
      expect((await failAll(path)).map(codeOf)).toEqual(iccids.map(() => 'NOT_FOUND'));
      path.simulator.revokeTokens();
    }
    expect(path.tokenCallsMs.length).toBe(3);
  });

  it('U20 with the new one too is UNAVAILABLE, and none is asked for within a minute, and then one', async () => {
    const path = await startUpstreamPath();
    path.bendUsage(onceAllArrived(unauthenticated));
    expect((await failAll(path)).map(codeOf)).toEqual(iccids.map(() => 'UNAVAILABLE'));
    expect(path.tokenCallsMs).toEqual([startMs, startMs]);
    expect(path.usageCalls().length).toBe(40);
    expect(path.token.current()).toBe(null);

    await path.clock.advance(minuteMs - 1);
    for (const error of await failAll(path))
      expect(factsOf(error)).toEqual({
        name: 'RememberedError',
        message: 'unauthorized: a new token was refused',
        code: 'UNAVAILABLE',
        delivery: 'unsent',
        retryAfterMs: 1,
        cause: expect.objectContaining({ fault: 'unauthorized', delivery: 'answered' }),
      });
    expect(path.tokenCallsMs).toEqual([startMs, startMs]);
    expect(path.usageCalls().length).toBe(40);

    await path.clock.advance(1);
    await failAll(path);
    expect(path.tokenCallsMs).toEqual([startMs, startMs, startMs + minuteMs]);
    expect(path.usageCalls().length).toBe(60);
    expect(path.events.filter(({ type }) => type === 'token.failed')).toEqual(
      [1, 2].map(() => ({
        type: 'token.failed',
        error: expect.objectContaining({ fault: 'unauthorized' }),
        retryAfterMs: minuteMs,
      })),
    );
  });

  it('U20 is over when a token is taken again', async () => {
    const path = await startUpstreamPath();
    path.bendUsage(unauthenticated);
    await failAll(path);
    path.bendUsage(undefined);
    await path.clock.advance(minuteMs);
    expect((await readAll(path)).map(({ iccid }) => iccid)).toEqual(iccids);
    path.simulator.revokeTokens();
    expect((await readAll(path)).map(({ iccid }) => iccid)).toEqual(iccids);
  });

  it('is not dropped on account of an older one', async () => {
    const { token, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: 'a-token' }));
    await token.ready();
    token.rejected('an-older-token');
    expect(token.current()).toBe('a-token');
  });

  it('is the second in a row, though an older one was taken late', async () => {
    const { token, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: 'a-token' }));
    await token.ready();
    token.rejected('a-token');
    bendToken(tokenReply({ access_token: 'another-token' }));
    await token.ready();
    token.accepted('a-token');
    token.rejected('another-token');
    expect(await refusalOf(token.ready())).toMatchObject({
      message: 'unauthorized: a new token was refused',
    });
    expect(tokenCallsMs.length).toBe(2);
  });

  it('is renewed once, though its renewal is under way already', async () => {
    const { token, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await token.ready();
    await clock.advance((hourMs - endMarginMs) * 0.9);
    bendToken(tokenReply({ access_token: 'another-token' }));
    await token.ready();
    token.rejected('a-token');
    await token.ready();
    expect(token.current()).toBe('another-token');
    expect(tokenCallsMs.length).toBe(2);
  });

  it('makes a call that had not gone out yet take another, which is not its replay', async () => {
    const path = await startUpstreamPath();
    const [iccid = iccidOf('')] = iccids;
    await path.token.ready();
    // Between the token's being ready and its use: what a wait for a slot does.
    const reading = path.replay.read(iccid, patient);
    path.token.rejected(path.token.current() ?? '');
    expect(await reading).toMatchObject({ iccid });
    expect(path.usageCalls()).toEqual([iccid]);
    expect(path.tokenCallsMs.length).toBe(2);
  });
});

/** Answers the token request with that, in all else as documented. */
function tokenReply(data: Readonly<Record<string, unknown>>): () => Reply {
  const body = { data: { token_type: 'Bearer', expires_in: 31_622_400, access_token: 'a-token', ...data } };
  return () => ({ kind: 'whole', status: 200, headers: {}, body: JSON.stringify(body) });
}

function tooManyAttempts(retryAfter: string | null): () => Reply {
  const headers: Record<string, string> = retryAfter === null ? {} : { 'Retry-After': retryAfter };
  return () => ({ kind: 'whole', status: 429, headers, body: '{"message":"Too Many Attempts."}' });
}

function unauthenticated(): Reply {
  return { kind: 'whole', status: 401, headers: {}, body: '{"message":"Unauthenticated."}' };
}

function codeOf(error: unknown): unknown {
  return Reflect.get(Object(error), 'code');
}

/** What callers are told of a token request that was answered so. */
function remembered(status: number, fault: string, retryAfterMs: number): Readonly<Record<string, unknown>> {
  const message = `${fault}: token request answered ${status}`;
  return {
    name: 'RememberedError',
    message,
    code: 'UNAVAILABLE',
    delivery: 'unsent',
    retryAfterMs,
    cause: expect.objectContaining({ message, fault, delivery: 'answered' }),
  };
}
