import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFrequent } from '../../src/cache/frequent.js';

it('never has another value than the one that was offered last for a number, and none that was forgotten', () => {
  const step = fc.record({
    number: fc.nat({ max: 9 }),
    act: fc.constantFrom('get', 'get', 'get', 'offer', 'offer', 'forget'),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 200 }), (most, steps) => {
      const frequent = createFrequent<object>(most);
      const offered = new Map<number, object>();
      for (const { number, act } of steps) {
        const got = frequent.get(number);
        if (got !== undefined) expect(got).toBe(offered.get(number));
        if (act === 'offer' && got === undefined) {
          const value = {};
          offered.set(number, value);
          frequent.offer(number, value);
        }
        if (act === 'forget') {
          offered.delete(number);
          frequent.forget(number);
        }
      }
    }),
  );
});

function ask(frequent: ReturnType<typeof createFrequent<string>>, number: number): boolean {
  const isThere = frequent.get(number) !== undefined;
  if (!isThere) frequent.offer(number, `of ${number}`);
  return isThere;
}

it('has what is asked for again', () => {
  const frequent = createFrequent<string>(4);
  expect([7, 7, 7].map((number) => ask(frequent, number))).toEqual([false, true, true]);
  expect(frequent.get(7)).toBe('of 7');
});

it('keeps one that is asked for in most cases from all others of its place', () => {
  const frequent = createFrequent<string>(4);
  ask(frequent, 0);
  for (let round = 1; round <= 100; round += 1) {
    expect([ask(frequent, 0), ask(frequent, 0)]).toEqual([true, true]);
    expect(ask(frequent, 4 * round)).toBe(false);
  }
});

it('lets another have the place of one that is not asked for any more', () => {
  const frequent = createFrequent<string>(4);
  for (let round = 0; round < 1_000; round += 1) ask(frequent, 0);
  const found = Array.from({ length: 20 }, () => ask(frequent, 4));
  expect(found.indexOf(true)).toBe(16);
  expect(ask(frequent, 0)).toBe(false);
});
