import { type Exchange, fleetIccids, type Intercept, type Reply } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThrottledError, TooManyRequestsError, UpstreamError } from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import type { HttpReply } from '../../src/upstream/http.js';
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
    const { awaitToken, simulator } = await startUpstreamPath();
    await awaitToken();
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
    await path.awaitToken();
    expect(bodies).toEqual([
      'client_id=simulator-client&client_secret=a%26b%3Dc%2Bd+%25%C3%A9&grant_type=client_credentials',
    ]);
  });

  it('is made once for a hundred callers, and not before the first', async () => {
    const { token, awaitToken, simulator, events } = await startUpstreamPath();
    expect(token.current()).toBe(null);
    await Promise.all(Array.from({ length: 100 }, awaitToken));
    await awaitToken();
    expect(simulator.arrivals.length).toBe(1);
    expect(token.current()).toMatch(/^simulator-/);
    expect(events).toEqual<UsageEvent[]>([
      { type: 'token.request' },
      { type: 'token.reply', status: 200, tookMs: 0 },
      { type: 'token.renewed', lifetimeMs: dayMs },
    ]);
  });

  it('fails once for a hundred callers, and each is told when to come back', async () => {
    const { awaitToken, simulator, bendToken, events } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status: 500 }));
    const errors = await Promise.all(Array.from({ length: 100 }, () => refusalOf(awaitToken())));
    for (const error of errors) expect(factsOf(error)).toEqual(remembered(500, 'failing', 30 * secondMs));
    expect(simulator.arrivals.length).toBe(1);
    expect(events).toEqual<unknown[]>([
      { type: 'token.request' },
      { type: 'token.reply', status: 500, tookMs: 0 },
      { type: 'token.failed', error: errors[0]?.cause, retryAfterMs: 30 * secondMs },
    ]);
  });

  it('waits for the limits, and is asked for again when they allow it', async () => {
    const { token, clock, asked } = start(async () => {
      throw new ThrottledError(7 * secondMs);
    });
    token.ensure();
    await clock.advance(0);
    const first = thrownBy(token.ensure);
    await clock.advance(3 * secondMs);
    const second = thrownBy(token.ensure);
    for (const [error, retryAfterMs] of [
      [first, 7_000],
      [second, 4_000],
    ] as const)
      expect(error).toMatchObject({ code: 'THROTTLED', delivery: 'unsent', retryAfterMs });
    expect(asked).toEqual([startMs]);
    await clock.advance(4 * secondMs);
    token.ensure();
    expect(asked).toEqual([startMs, startMs + 7 * secondMs]);
  });

  it('that ends in a bug of ours is told as that to those who ask next, and forgotten after half a minute', async () => {
    const bug = new TypeError('a bug');
    const { token, clock, asked, events } = start(() => Promise.reject(bug));
    expect(() => token.ensure()).not.toThrow();
    await clock.advance(0);
    for (let index = 0; index < 100; index += 1) expect(thrownBy(token.ensure)).toBe(bug);
    await clock.advance(30 * secondMs - 1);
    expect(thrownBy(token.ensure)).toBe(bug);
    await clock.advance(1);
    expect(() => token.ensure()).not.toThrow();
    expect(asked).toEqual([startMs, startMs + 30 * secondMs]);
    expect(events).toEqual([{ type: 'token.request' }, { type: 'token.request' }]);
  });

  it.each([
    { name: 'comes', outcome: async () => tokenOf({}) },
    { name: 'does not come', outcome: () => Promise.reject(new ThrottledError(secondMs)) },
    { name: 'fails by a bug of ours', outcome: () => Promise.reject(new TypeError('a bug')) },
  ])('is awaited until a token $name, and who waits is told after that', async ({ outcome }) => {
    const released = createLatch();
    const { token, clock, wasAwaited } = start(async () => {
      await released.opened;
      return outcome();
    });
    expect(token.isAwaited()).toBe(false);
    token.ensure();
    expect(token.isAwaited()).toBe(true);
    await clock.advance(hourMs);
    expect(token.isAwaited()).toBe(true);
    expect(wasAwaited).toEqual([]);
    released.open();
    await clock.advance(0);
    expect(token.isAwaited()).toBe(false);
    expect(wasAwaited).toEqual([false]);
  });

  it('is not awaited while the old token serves, but is from its end on', async () => {
    const answers = [
      async () => tokenOf({ expires_in: 3_600 }),
      () => createLatch().opened.then(() => tokenOf({})),
    ];
    const { token, clock, asked, wasAwaited } = start(
      () => answers.shift()?.() ?? Promise.reject(new TypeError('asked too often')),
    );
    token.ensure();
    await clock.advance((hourMs - endMarginMs) * 0.9);
    token.ensure();
    expect(asked.length).toBe(2);
    expect(token.isAwaited()).toBe(false);
    await clock.advance((hourMs - endMarginMs) * 0.1);
    expect(token.isAwaited()).toBe(true);
    expect(wasAwaited).toEqual([false]);
  });
});

describe('a token storm', () => {
  it('of a thousand callers costs one request, though they come while it is under way', async () => {
    const released = createLatch();
    const { token, clock, asked } = start(async () => {
      await released.opened;
      return tokenOf({});
    });
    for (let index = 0; index < 1_000; index += 1) token.ensure();
    await clock.advance(secondMs);
    for (let index = 0; index < 1_000; index += 1) token.ensure();
    released.open();
    await clock.advance(0);
    for (let index = 0; index < 1_000; index += 1) token.ensure();
    expect(asked).toEqual([startMs]);
  });

  it('of a thousand refusals of one token costs one request', async () => {
    const { token, clock, asked, events } = start(async () => tokenOf({}));
    token.ensure();
    await clock.advance(0);
    for (let index = 0; index < 1_000; index += 1) token.rejected('a-token');
    for (let index = 0; index < 1_000; index += 1) token.ensure();
    expect(asked.length).toBe(2);
    expect(events.filter(({ type }) => type === 'token.rejected').length).toBe(1);
  });

  it('U20 of refusals of every new token costs two requests at first, and then one a minute', async () => {
    const { token, clock, asked } = start(async () => tokenOf({}));
    for (let step = 0; step < 10 * 60; step += 1) {
      try {
        token.ensure();
      } catch (error) {
        expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unsent' });
      }
      await clock.advance(0);
      token.rejected(token.current() ?? '');
      await clock.advance(secondMs);
    }
    expect(asked.length).toBe(11);
    expect(mostInAnyWindow(asked, minuteMs)).toBe(2);
  });

  it('U22 of failures, of whatever kind and whenever callers come, costs two requests a minute at most', async () => {
    const outcome = fc.constantFrom<() => Promise<HttpReply>>(
      () => Promise.reject(new UpstreamError('unanswered', 'out of time', { delivery: 'unanswered' })),
      () => Promise.reject(new UpstreamError('unreachable', 'ECONNREFUSED', { delivery: 'unanswered' })),
      () => Promise.reject(new TypeError('a bug')),
      async () => replyOf(500, 'no'),
      async () => replyOf(401, '{}'),
      async () => replyOf(200, '<html>'),
      async () => replyOf(429, '{}'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(outcome),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 50, maxLength: 100 }),
        async (outcomes, waitsMs) => {
          const { token, clock, asked } = start(() => outcomes.next().value());
          for (const waitMs of waitsMs) {
            await clock.advance(waitMs);
            try {
              token.ensure();
            } catch {
              // Whatever it is, it is remembered.
            }
          }
          expect(mostInAnyWindow(asked, minuteMs)).toBeLessThanOrEqual(2);
        },
      ),
    );
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
      const { token, awaitToken, clock, bendToken, events } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: said }));
      await awaitToken();
      expect(events.at(-1)).toEqual<UsageEvent>({ type: 'token.renewed', lifetimeMs });
      await clock.advance(lifetimeMs - endMarginMs - 1);
      expect(token.current()).toBe('a-token');
      await clock.advance(1);
      expect(token.current()).toBe(null);
    },
  );

  it.each([60, 61, 99, 3_600, 86_400])(
    'of %d s is renewed in the background, when nine tenths of its use are over',
    async (seconds) => {
      const { token, awaitToken, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: seconds }));
      await awaitToken();
      const renewAfterMs = (seconds * secondMs - endMarginMs) * 0.9;
      await clock.advance(renewAfterMs - 1);
      await awaitToken();
      expect(tokenCallsMs).toEqual([startMs]);

      await clock.advance(1);
      const arrived = createLatch();
      const released = createLatch();
      bendToken(async () => {
        arrived.open();
        await released.opened;
        return tokenReply({ access_token: 'another-token' })();
      });
      await Promise.all(Array.from({ length: 100 }, awaitToken));
      await arrived.opened;
      expect(token.current()).toBe('a-token');
      released.open();
      await tokenSettled();
      expect(token.current()).toBe('another-token');
      expect(tokenCallsMs).toEqual([startMs, startMs + renewAfterMs]);
    },
  );

  it('that is over before anybody asked again is waited for', async () => {
    const { token, awaitToken, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await awaitToken();
    await clock.advance(hourMs);
    bendToken(tokenReply({ access_token: 'another-token' }));
    await awaitToken();
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
    const { token, awaitToken, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token }));
    const error = await refusalOf(awaitToken());
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
    const { awaitToken, bendToken } = await startUpstreamPath();
    bendToken(() => ({ kind: 'whole', status: 200, headers: {}, body }));
    expect((await refusalOf(awaitToken())).message).toBe(`garbled: ${detail}`);
  });

  it('with the longest token that fits a header is taken', async () => {
    const { token, awaitToken, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: '~'.repeat(8_192) }));
    await awaitToken();
    expect(token.current()).toBe('~'.repeat(8_192));
  });
});

describe('credentials that are refused', () => {
  it.each([
    { what: 'secret', known: { clientSecret: 'another' }, status: 401 },
    { what: 'client id', known: { clientId: 'another' }, status: 422 },
  ])('are not tried again for a minute, and then once: a wrong $what', async ({ known, status }) => {
    const { awaitToken, clock, tokenCallsMs } = await startUpstreamPath({ simulator: known });
    expect(factsOf(await refusalOf(awaitToken()))).toEqual(remembered(status, 'forbidden', minuteMs));
    await clock.advance(minuteMs - 1);
    expect(factsOf(await refusalOf(awaitToken()))).toEqual(remembered(status, 'forbidden', 1));
    expect(tokenCallsMs).toEqual([startMs]);
    await clock.advance(1);
    await Promise.all([refusalOf(awaitToken()), refusalOf(awaitToken())]);
    expect(tokenCallsMs).toEqual([startMs, startMs + minuteMs]);
  });

  it.each([201, 302, 400, 403, 404, 418])('and so is any other answer: %d', async (status) => {
    const { awaitToken, bendToken } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status }));
    expect(factsOf(await refusalOf(awaitToken()))).toEqual(remembered(status, 'forbidden', minuteMs));
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
      const { token, awaitToken, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
      bendToken(tokenReply({ expires_in: 3_600 }));
      await awaitToken();
      bendToken(bend);
      const endMs = startMs + hourMs - endMarginMs;
      const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
      await clock.advance(renewMs - startMs);
      const outcomes = new Map<string, number>();
      while (clock.now() < endMs + 5 * minuteMs) {
        const outcome = await awaitToken().then(() => token.current(), codeOf);
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
    const { token, awaitToken, clock, bendToken, tokenCallsMs, events } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await awaitToken();
    bendToken(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
    await clock.advance(renewMs - startMs);
    for (let step = 0; step < 50; step += 1) {
      await awaitToken();
      expect(token.current()).toBe('a-token');
      await clock.advance(secondMs);
    }
    // Each takes the whole time limit, and the next comes 30 s after that.
    expect(tokenCallsMs).toEqual([startMs, renewMs, renewMs + callTimeoutMs + 30 * secondMs]);
    const lost = [
      { type: 'token.request' },
      { type: 'token.lost', fault: 'unanswered' },
      {
        type: 'token.failed',
        error: expect.objectContaining({ fault: 'unanswered' }),
        retryAfterMs: 30 * secondMs,
      },
    ];
    expect(events.slice(3)).toEqual([...lost, ...lost]);
  });

  it('U22 is UNAVAILABLE after the time limit when there is no old token', async () => {
    const { awaitToken, clock, bendToken } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const waiting = refusalOf(awaitToken());
    await clock.advance(callTimeoutMs);
    expect(factsOf(await waiting)).toEqual({
      ...remembered(0, 'unanswered', 30 * secondMs),
      message: 'unanswered: out of time',
      cause: expect.objectContaining({ fault: 'unanswered' }),
    });
  });

  it('is forgiven as soon as it gives a token', async () => {
    const { token, awaitToken, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(({ reply }) => ({ ...reply, status: 500 }));
    await refusalOf(awaitToken());
    await clock.advance(30 * secondMs);
    bendToken(tokenReply({ expires_in: 3_600 }));
    await awaitToken();
    expect(token.current()).toBe('a-token');
    await clock.advance(hourMs);
    await awaitToken();
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
    { said: '-5', waitMs: minuteMs },
    { said: '0', waitMs: secondMs },
    { said: '0.5', waitMs: secondMs },
    { said: '1e9', waitMs: hourMs },
    { said: 'Thu, 01 Jan 2015 00:00:00 GMT', waitMs: secondMs },
  ])('U23 is left alone for as long as Retry-After says, or a minute: $said', async ({ said, waitMs }) => {
    const { awaitToken, clock, bendToken, tokenCallsMs, events } = await startUpstreamPath();
    bendToken(tooManyAttempts(said));
    expect(factsOf(await refusalOf(awaitToken()))).toEqual({
      name: 'RememberedError',
      message: "the upstream's limit of the company is exceeded",
      code: 'THROTTLED',
      delivery: 'unsent',
      retryAfterMs: waitMs,
      cause: expect.objectContaining({ concerns: 'company', delivery: 'answered' }),
    });
    expect(events).toEqual([
      { type: 'token.request' },
      { type: 'token.reply', status: 429, tookMs: 0 },
      { type: 'token.failed', error: expect.any(TooManyRequestsError), retryAfterMs: waitMs },
    ]);
    await clock.advance(waitMs - 1);
    await refusalOf(awaitToken());
    expect(tokenCallsMs).toEqual([startMs]);
    bendToken(undefined);
    await clock.advance(1);
    await awaitToken();
    expect(tokenCallsMs).toEqual([startMs, startMs + waitMs]);
  });

  it('U23 is left alone for as long while the old token serves', async () => {
    const { token, awaitToken, clock, bendToken, tokenCallsMs, tokenSettled } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await awaitToken();
    bendToken(tooManyAttempts('45'));
    const renewMs = startMs + (hourMs - endMarginMs) * 0.9;
    await clock.advance(renewMs - startMs);
    for (let step = 0; step < 90; step += 1) {
      await awaitToken();
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
    await path.awaitToken();
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
    const { token, awaitToken, bendToken } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: 'a-token' }));
    await awaitToken();
    token.rejected('an-older-token');
    expect(token.current()).toBe('a-token');
  });

  it('is the second in a row, though an older one was taken late', async () => {
    const { token, awaitToken, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ access_token: 'a-token' }));
    await awaitToken();
    token.rejected('a-token');
    bendToken(tokenReply({ access_token: 'another-token' }));
    await awaitToken();
    token.accepted('a-token');
    token.rejected('another-token');
    expect(await refusalOf(awaitToken())).toMatchObject({
      message: 'unauthorized: a new token was refused',
    });
    expect(tokenCallsMs.length).toBe(2);
  });

  it('is renewed once, though its renewal is under way already', async () => {
    const { token, awaitToken, clock, bendToken, tokenCallsMs } = await startUpstreamPath();
    bendToken(tokenReply({ expires_in: 3_600 }));
    await awaitToken();
    await clock.advance((hourMs - endMarginMs) * 0.9);
    bendToken(tokenReply({ access_token: 'another-token' }));
    await awaitToken();
    token.rejected('a-token');
    await awaitToken();
    expect(token.current()).toBe('another-token');
    expect(tokenCallsMs.length).toBe(2);
  });

  it('makes a call that had not gone out yet take another, which is not its replay', async () => {
    const path = await startUpstreamPath();
    const [iccid = iccidOf('')] = iccids;
    await path.awaitToken();
    // Between the token's being ready and its use: what a wait for a slot does.
    const reading = path.replay.read(iccid, patient);
    path.token.rejected(path.token.current() ?? '');
    expect(await reading).toMatchObject({ iccid });
    expect(path.usageCalls()).toEqual([iccid]);
    expect(path.tokenCallsMs.length).toBe(2);
  });
});

/** A token whose requests, which have no limit, are answered so. */
function start(answer: () => Promise<HttpReply>) {
  const clock = createManualClock();
  const events: UsageEvent[] = [];
  const asked: number[] = [];
  const wasAwaited: boolean[] = [];
  const token = createToken({
    http: { send: answer, close: async () => undefined },
    clientId: 'id',
    clientSecret: 'secret',
    obtain(fetch) {
      asked.push(clock.now());
      return fetch();
    },
    onSecret: () => undefined,
    onSettled: () => wasAwaited.push(token.isAwaited()),
    clock,
    report: (event) => events.push(event),
  });
  return { token, clock, events, asked, wasAwaited };
}

/** What a call throws. Throws itself when it does not. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new TypeError('expected an error');
}

function replyOf(status: number, body: string): HttpReply {
  return { status, header: () => null, body: Buffer.from(body) };
}

/** The reply that brings a token, in all else as documented. */
function tokenOf(data: Readonly<Record<string, unknown>>): HttpReply {
  return replyOf(200, tokenBody(data));
}

function tokenBody(data: Readonly<Record<string, unknown>>): string {
  const documented = { token_type: 'Bearer', expires_in: 31_622_400, access_token: 'a-token' };
  return JSON.stringify({ data: { ...documented, ...data } });
}

/** Answers the token request with that, in all else as documented. */
function tokenReply(data: Readonly<Record<string, unknown>>): () => Reply {
  return () => ({ kind: 'whole', status: 200, headers: {}, body: tokenBody(data) });
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
