import { expect, it } from 'vitest';
import { compareLanes } from '../support/compare-lanes.js';

it('the fast lane answers and reports as graphql-js does, whatever is asked and whatever is cached', async () => {
  const { operations, fast, faults } = await compareLanes(300, 7);
  expect(faults).toEqual([]);
  expect(operations).toBe(300);
  expect(fast).toBeGreaterThan(100);
}, 30_000);
