import { once } from 'node:events';
import { createServer } from 'node:http';
import { decodeProtectedHeader, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKeySet } from '../../src/auth/key-set.js';
import { createManualClock } from '../support/manual-clock.js';
import { createTokenIssuer } from '../support/token-issuer.js';

const [first, second] = await Promise.all([createTokenIssuer('key-1'), createTokenIssuer('key-2')]);
const signature = { payload: '', signature: '' };

/** A provider whose answers a test sets, and the keys as they are got from there. */
async function startProvider() {
  const provider: { answer: { status: number; body: string }; asked: number } = {
    answer: answerWith(first.keys),
    asked: 0,
  };
  const server = createServer((_request, response) => {
    provider.asked += 1;
    response.writeHead(provider.answer.status, { connection: 'close', location: '/elsewhere' });
    response.end(provider.answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  // jose keeps its own time by the calendar.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const clock = createManualClock();
  const reported: string[] = [];
  const getKey = createKeySet(new URL(`http://127.0.0.1:${address.port}/keys`), {
    clock,
    report: ({ detail }) => reported.push(detail),
  });
  return {
    provider,
    reported,
    keyOf: (header: JWTHeaderParameters) => getKey(header, signature),
    async pass(ms: number) {
      vi.setSystemTime(Date.now() + ms);
      await clock.advance(ms);
    },
  };
}

function answerWith(keys: JSONWebKeySet) {
  return { status: 200, body: JSON.stringify(keys) };
}

const [byFirst, bySecond] = (await Promise.all([first.sign(), second.sign()])).map((token) => ({
  alg: 'ES256',
  ...decodeProtectedHeader(token),
}));
if (byFirst === undefined || bySecond === undefined) throw new Error('expected two');
const unavailable = { status: 500, code: 'AUTHENTICATION_UNAVAILABLE', retryAfterSeconds: 10 };
const unknown = { code: 'ERR_JWKS_NO_MATCHING_KEY' };

describe("a provider's keys", () => {
  it('are asked for once, by however many at one time, and again after ten minutes', async () => {
    const { provider, keyOf, pass } = await startProvider();
    await Promise.all(Array.from({ length: 100 }, () => keyOf(byFirst)));
    await keyOf(byFirst);
    expect(provider.asked).toBe(1);
    await pass(10 * 60_000);
    await keyOf(byFirst);
    expect(provider.asked).toBe(2);
  });

  it('are asked for again when a token names a new one, but for no more than every thirty seconds', async () => {
    const { provider, keyOf, pass, reported } = await startProvider();
    await keyOf(byFirst);
    provider.answer = answerWith({ keys: [...first.keys.keys, ...second.keys.keys] });
    await expect(keyOf(bySecond)).rejects.toMatchObject(unknown);
    expect(provider.asked).toBe(1);
    await pass(30_000);
    expect(await keyOf(bySecond)).toMatchObject({ type: 'public' });
    await expect(keyOf({ alg: 'ES256', kid: 'key-3' })).rejects.toMatchObject(unknown);
    expect(provider.asked).toBe(2);
    expect(reported).toEqual([]);
  });

  it.each([
    ['fails', { status: 500, body: '' }],
    ['sends elsewhere', { status: 302, body: '' }],
    ['says what is no JSON', { status: 200, body: 'MARKER' }],
    ['says what are no keys', { status: 200, body: '{}' }],
  ])(
    'that were there an hour ago serve while it %s, which is reported every ten seconds',
    async (_name, fault) => {
      const { provider, keyOf, pass, reported } = await startProvider();
      await keyOf(byFirst);
      provider.answer = fault;
      await pass(10 * 60_000);
      await keyOf(byFirst);
      await keyOf(byFirst);
      expect([provider.asked, reported.length]).toEqual([2, 1]);
      await pass(10_000);
      await keyOf(byFirst);
      expect([provider.asked, reported.length]).toEqual([3, 2]);
      // It may have a key by now that is not among the old ones.
      await expect(keyOf(bySecond)).rejects.toMatchObject(unavailable);
      await pass(50 * 60_000);
      await expect(keyOf(byFirst)).rejects.toMatchObject(unavailable);
      expect(reported.join()).not.toContain('MARKER');

      provider.answer = answerWith(second.keys);
      await pass(10_000);
      expect(await keyOf(bySecond)).toMatchObject({ type: 'public' });
      await expect(keyOf(byFirst)).rejects.toMatchObject(unknown);
    },
  );

  it('that were never there take nobody', async () => {
    const { provider, keyOf, reported } = await startProvider();
    provider.answer = { status: 503, body: '' };
    await expect(keyOf(byFirst)).rejects.toMatchObject(unavailable);
    await expect(keyOf(byFirst)).rejects.toMatchObject(unavailable);
    expect([provider.asked, reported.length]).toEqual([1, 1]);
  });
});
