import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassingMap } from '../src/passing-map.js';

interface Value {
  readonly name: string;
}

interface Step {
  readonly kind: 'set' | 'delete';
  readonly key: string;
  readonly value: Value;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('set', 'delete'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    value: fc.record({ name: fc.string() }),
  }),
  { maxLength: 200 },
);

function play(
  map: Pick<Map<string, Value>, 'set' | 'delete'> | PassingMap<string, Value>,
  all: Step[],
): void {
  for (const { kind, key, value } of all) {
    if (kind === 'set') map.set(key, value);
    else map.delete(key);
  }
}

describe('a map for what comes and goes', () => {
  it('holds what a Map does, in its order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const passing = new PassingMap<string, Value>();
        const map = new Map<string, Value>();
        play(passing, all);
        play(map, all);
        expect([...passing.entries()]).toEqual([...map]);
        expect(passing.values()).toEqual([...map.values()]);
        expect(passing.size).toBe(map.size);
        for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
          expect(passing.get(key)).toBe(map.get(key));
          expect(passing.has(key)).toBe(map.has(key));
        }
      }),
    );
  });

  it('leaves out what is deleted while it is walked through, as a Map does', () => {
    const map = new PassingMap<number, Value>();
    for (const key of [1, 2, 3, 4]) map.set(key, { name: `${key}` });
    const seen: number[] = [];
    for (const [key] of map.entries()) {
      seen.push(key);
      map.delete(key);
      map.delete(key + 1);
    }
    expect(seen).toEqual([1, 3]);
    expect(map.size).toBe(0);
  });
});
