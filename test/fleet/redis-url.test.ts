import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl, passwordIn, redisUrlFault } from '../../src/fleet/redis-url.js';

const single = {
  kind: 'single',
  tls: false,
  username: '',
  password: '',
  nodes: [{ host: 'redis', port: 6_379 }],
  database: 0,
  name: '',
};

describe('a URL of Redis', () => {
  it.each([
    ['redis://redis', single],
    ['redis://redis:6380/3', { ...single, nodes: [{ host: 'redis', port: 6_380 }], database: 3, name: '3' }],
    ['redis://[::1]:80', { ...single, nodes: [{ host: '::1', port: 80 }] }],
    ['rediss://user:p%40ss%2Fword@redis', { ...single, tls: true, username: 'user', password: 'p@ss/word' }],
    ['redis://:secret@redis', { ...single, password: 'secret' }],
    [
      'rediss+cluster://one,two:7000',
      {
        ...single,
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'one', port: 6_379 },
          { host: 'two', port: 7_000 },
        ],
      },
    ],
    [
      'redis+sentinel://user:secret@one,two:7000/main',
      {
        ...single,
        kind: 'sentinel',
        username: 'user',
        password: 'secret',
        nodes: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 7_000 },
        ],
        name: 'main',
      },
    ],
  ])('%s is understood', (url, target) => {
    expect(redisUrlFault(url)).toBeNull();
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    '',
    'redis',
    'http://redis',
    'redis://',
    'redis://one,two',
    'redis://redis/main',
    'redis://redis:port',
    'redis://redis:99999',
    'redis://redis?db=1',
    'redis://redis/0/1',
    'redis+sentinel://one',
    'redis+cluster://one/2000',
    'redis://user:se/cret@redis',
    'redis://user:%zz@redis',
  ])('%j has a fault, which quotes nothing of it', (url) => {
    expect(redisUrlFault(url)).toMatch(/^expected /);
  });

  it('has the password that a log must hide', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        expect(passwordIn(`redis://:${encodeURIComponent(password)}@redis`)).toBe(password);
      }),
    );
    expect(passwordIn('redis://redis')).toBeNull();
  });
});
