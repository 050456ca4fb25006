import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which part of a measurement a process is. */
export type Part = 'server' | 'load';
/** Puts a program on the core of its part. */
export type Pin = (part: Part, command: string) => [command: string, ...before: string[]];

/** Servers have one core and what asks them has another, where there is `taskset` and more than one. */
export function createPin(): Pin {
  const canPin = availableParallelism() > 1 && hasProgram('taskset');
  return (part, command) => (canPin ? ['taskset', '-c', part === 'server' ? '0' : '1', command] : [command]);
}

/** Whether there is a program of that name. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).error === undefined;
}
