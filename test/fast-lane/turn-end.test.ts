import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurnEnd } from '../../src/server/turn-end.js';

it('tasks are done in their order, when all that came with them has been read', async () => {
  const atTurnEnd = createTurnEnd();
  const done: string[] = [];
  for (const task of ['first', 'second']) atTurnEnd(() => done.push(task));
  expect(done).toEqual([]);
  await setImmediate();
  expect(done).toEqual(['first', 'second']);
  atTurnEnd(() => done.push('third'));
  await setImmediate();
  expect(done).toEqual(['first', 'second', 'third']);
});

it('no task waits for more than fifteen others', async () => {
  const atTurnEnd = createTurnEnd();
  let done = 0;
  for (let count = 1; count <= 40; count += 1) {
    atTurnEnd(() => {
      done += 1;
    });
    expect(done).toBe(count - (count % 16));
  }
  await setImmediate();
  expect(done).toBe(40);
});
