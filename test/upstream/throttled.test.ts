import { expect, it } from 'vitest';
import { throttledBy } from '../../src/upstream/throttled.js';
import { factsOf } from '../support/refusal.js';

const otherwiseMs = 1_234;
const mostMs = 60_000;

it.each([
  { retryAfter: '1', ms: 1_000 },
  { retryAfter: '30', ms: 30_000 },
  { retryAfter: '030', ms: 30_000 },
  { retryAfter: '60', ms: 60_000 },
])('believes a Retry-After of $retryAfter seconds', ({ retryAfter, ms }) => {
  expect(throttledBy(reply(retryAfter), { otherwiseMs, mostMs }).retryAfterMs).toBe(ms);
});

it.each(['61', '3600', '9999999999'])('believes no more of %s seconds than it may', (retryAfter) => {
  expect(throttledBy(reply(retryAfter), { otherwiseMs, mostMs }).retryAfterMs).toBe(60_000);
});

it('takes 0 seconds for 1', () => {
  expect(throttledBy(reply('0'), { otherwiseMs, mostMs }).retryAfterMs).toBe(1_000);
});

it.each([null, '', '-5', '+5', '1.5', '1e9', ' 5', '5 ', '5, 5', 'soon', '12345678901', '５'])(
  'goes by what it is told otherwise when Retry-After is %j',
  (retryAfter) => {
    expect(throttledBy(reply(retryAfter), { otherwiseMs, mostMs }).retryAfterMs).toBe(otherwiseMs);
  },
);

it.each([
  { said: 0, ms: 1_000 },
  { said: 60_000, ms: 60_000 },
  { said: 60_001, ms: 60_000 },
])('keeps to the same bounds when it is told $said ms', ({ said, ms }) => {
  expect(throttledBy(reply(null), { otherwiseMs: said, mostMs }).retryAfterMs).toBe(ms);
});

it("is the upstream's own answer, and repeats nothing of it", () => {
  expect(factsOf(throttledBy(reply('7'), { otherwiseMs, mostMs }))).toEqual({
    name: 'ThrottledError',
    message: 'throttled by the upstream',
    code: 'THROTTLED',
    source: 'upstream',
    delivery: 'answered',
    retryAfterMs: 7_000,
  });
});

function reply(retryAfter: string | null) {
  return { status: 429, retryAfter, body: Buffer.from('{"message":"Too Many Attempts."}') };
}
