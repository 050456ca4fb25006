import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { alone } from '../src/fleet/alone.js';
import { baseUrlFault, figureNames, figures, settingsOf } from '../src/options.js';

const credentials = { clientId: 'a-client-id', clientSecret: 'a-client-secret' };

describe('the options', () => {
  it('have these defaults', () => {
    expect(settingsOf(credentials)).toEqual({
      ...credentials,
      baseUrl: 'https://partners-api.airalo.com',
      sandbox: false,
      cacheScope: 'PRIVATE',
      fleet: alone,
      schema: {},
      report: expect.any(Function),
      onSecret: expect.any(Function),
      clock: { now: expect.any(Function), toDate: expect.any(Function), after: expect.any(Function) },
      random: Math.random,
      deadlineMs: 8_000,
      maxIccids: 100,
      maxReferences: 200,
      maxWaiting: 1_000,
      callTimeoutMs: 10_000,
      companyRequests: 5,
      companyWindowMs: 1_000,
      iccidRequests: 10,
      iccidWindowMs: 60_000,
      tokenRequests: 3,
      tokenWindowMs: 60_000,
      quietStartMs: 3_000,
      upstreamCacheMs: 1_200_000,
      cacheMaxEntries: 100_000,
      softWaitMs: 300,
      staleMs: 86_400_000,
      breakerFailures: 5,
      breakerMs: 10_000,
      notFoundMs: 300_000,
      recycledMs: 86_400_000,
    });
  });

  it('have one other default in sandbox mode, unless it is given', () => {
    expect(settingsOf({ ...credentials, sandbox: true })).toEqual({
      ...settingsOf(credentials),
      report: expect.any(Function),
      onSecret: expect.any(Function),
      clock: expect.anything(),
      sandbox: true,
      upstreamCacheMs: 3_600_000,
    });
    expect(settingsOf({ ...credentials, sandbox: true, upstreamCacheMs: 7 }).upstreamCacheMs).toBe(7);
  });

  it('report to nobody by default, and tell nobody of secrets', () => {
    expect(settingsOf(credentials).report({ type: 'token.rejected' })).toBeUndefined();
    expect(settingsOf(credentials).onSecret('a-token')).toBeUndefined();
  });

  it('make a warning of what a report throws', async () => {
    const { report } = settingsOf({
      ...credentials,
      report: () => {
        throw new TypeError('the log is full');
      },
    });
    const warned = once(process, 'warning');
    expect(report({ type: 'token.rejected' })).toBeUndefined();
    expect(await warned).toEqual([new TypeError('the log is full')]);
  });

  it('are taken as they are given', () => {
    const given = {
      ...settingsOf(credentials),
      baseUrl: 'http://127.0.0.1:4010',
      sandbox: true,
      cacheScope: 'PUBLIC' as const,
      random: () => 0.5,
      ...Object.fromEntries(figureNames.map((name) => [name, figures[name].most])),
    };
    expect(settingsOf(given)).toEqual({
      ...given,
      report: expect.any(Function),
      onSecret: expect.any(Function),
    });
  });

  describe.each(figureNames.map((name) => ({ name, ...figures[name] })))('$name', ({ name, least, most }) => {
    it.each([least, most])('may be %d', (value) => {
      expect(settingsOf({ ...credentials, [name]: value })[name]).toBe(value);
    });

    it.each([
      least - 1,
      most + 1,
      least + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])('may not be %d, and says what was expected', (value) => {
      expect(() => settingsOf({ ...credentials, [name]: value })).toThrow(
        new RangeError(`${name}: expected a whole number from ${least} to ${most}, got ${value}`),
      );
    });

    it('has a default within its range', () => {
      const { default: ordinary, sandboxDefault = ordinary } = figures[name];
      const range = expect.toSatisfy((value: number) => value >= least && value <= most);
      expect([ordinary, sandboxDefault]).toEqual([range, range]);
    });
  });

  it.each([
    ['clientId', { ...credentials, clientId: '' }],
    ['clientSecret', { ...credentials, clientSecret: '' }],
  ])('refuse an empty %s without repeating the other one', (name, options) => {
    expect(() => settingsOf(options)).toThrow(new TypeError(`${name}: expected a text that is not empty`));
  });

  it('refuse a base URL without repeating it: it might hold a password', () => {
    expect(() => settingsOf({ ...credentials, baseUrl: 'https://user:password@example.com' })).toThrow(
      new TypeError('baseUrl: expected an origin such as https://partners-api.airalo.com'),
    );
  });
});

describe('a base URL', () => {
  it.each([
    'https://partners-api.airalo.com',
    'https://partners-api.airalo.com/',
    'https://example.com:8443',
    'https://[2001:db8::1]',
    'http://localhost:4010',
    'http://127.0.0.1:4010',
    'http://127.1.2.3',
    'http://[::1]:4010',
  ])('may be %s', (url) => {
    expect(baseUrlFault(url)).toBeNull();
  });

  it.each([
    'http://partners-api.airalo.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://[::2]',
    'ftp://localhost',
    'ws://localhost',
  ])('may not be %s: the secret would be readable on its way', (url) => {
    expect(baseUrlFault(url)).toBe('expected https: (http: only for this machine)');
  });

  it.each([
    '',
    'partners-api.airalo.com',
    'https://',
    'https://example.com/v2',
    'https://example.com/?x=1',
    'https://example.com/#x',
    'https://user@example.com',
    'https://user:password@example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ])('may not be "%s": it is no origin', (url) => {
    expect(baseUrlFault(url)).toBe('expected an origin such as https://partners-api.airalo.com');
  });
});
