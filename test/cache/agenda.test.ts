import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda, type Due } from '../../src/cache/agenda.js';

it('has the soonest first, in whatever order they come and go', () => {
  const step = fc.option(fc.nat({ max: 20 }), { freq: 2 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const agenda = new Agenda<Due>();
      const model: number[] = [];
      for (const atMs of steps) {
        if (atMs === null) {
          agenda.removeFirst();
          model.shift();
        } else {
          agenda.add({ atMs });
          model.push(atMs);
          model.sort((one, other) => one - other);
        }
        expect(agenda.first()?.atMs).toBe(model[0]);
      }
      for (const atMs of model) {
        expect(agenda.first()).toEqual({ atMs });
        agenda.removeFirst();
      }
      expect(agenda.first()).toBeUndefined();
    }),
  );
});

it('has nothing after it was cleared', () => {
  const agenda = new Agenda<Due>();
  for (const atMs of [3, 1, 2]) agenda.add({ atMs });
  agenda.clear();
  expect(agenda.first()).toBeUndefined();
});
