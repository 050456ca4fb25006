import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { workersAmong } from '../src/engine.js';
import { startProcess } from './support/start-process.js';

const threadsOf = (...names: string[]) => names.map((name, index) => ({ id: 10 + index, name }));

it('V8’s threads are those of that name', () => {
  const threads = threadsOf(
    'node',
    'DelayedTaskSche',
    'V8Worker',
    'V8Worker',
    'SignalInspector',
    'libuv-worker',
  );
  expect(workersAmong(threads).map(({ id }) => id)).toEqual([12, 13]);
});

it('V8’s threads are four after the first two where none has a name of its own', () => {
  const threads = threadsOf(...Array.from({ length: 11 }, () => 'node'));
  expect(workersAmong(threads).map(({ id }) => id)).toEqual([12, 13, 14, 15]);
});

it.each([
  ['there are no threads to be seen', []],
  ['there are too few', threadsOf('node', 'node', 'node', 'node', 'node')],
  ['they have other names', threadsOf('node', 'one', 'two', 'three', 'four', 'five', 'six')],
])('nobody can tell which they are where %s', (_what, threads) => {
  expect(workersAmong(threads)).toEqual([]);
});

it.skipIf(process.platform !== 'linux')(
  'in the program V8’s threads wait for the one that answers',
  async () => {
    const { pid, printed } = startProcess(['--simulator']);
    await printed(/GraphQL/);
    const others: number[] = [];
    for (const thread of readdirSync(`/proc/${pid}/task`))
      if (Number(thread) !== pid) others.push(getPriority(Number(thread)) - getPriority(pid));
    expect(others.filter((difference) => difference === 10)).toHaveLength(4);
    expect(others.filter((difference) => difference !== 10 && difference !== 0)).toEqual([]);
  },
);
