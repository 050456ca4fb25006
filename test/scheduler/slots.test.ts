import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlots, type Slots } from '../../src/scheduler/slots.js';

const windowMs = 1_000;
const roundTripMs = 250;
const nowMs = 10_000;

/** Slots of which each was, by now, never taken (null), taken so long ago, or given back to be free from so soon on. */
const anySlots = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.record({ takenAgoMs: fc.integer({ min: 0, max: roundTripMs }) }),
    fc.record({ freeInMs: fc.integer({ min: -500, max: windowMs }) }),
  ),
  { minLength: 1, maxLength: 6 },
);
type State = typeof anySlots extends fc.Arbitrary<(infer Value)[]> ? Value : never;

function slotsIn(states: readonly State[]): Slots {
  const slots = createSlots(states.length, windowMs);
  // In the order in which they were taken, so that each takes the first that is free.
  const taken = states.map((state) => ({ state, slot: slots.take(takenAtMs(state)) }));
  for (const { state, slot } of taken) {
    if (state === null) slot?.releaseAt(Number.NEGATIVE_INFINITY);
    else if ('freeInMs' in state) slot?.releaseAt(nowMs + state.freeInMs);
  }
  return slots;
}

function takenAtMs(state: State): number {
  return state !== null && 'takenAgoMs' in state ? nowMs - state.takenAgoMs : nowMs - 2_000;
}

/** When a slot is free, if its call takes one round trip. */
function freeAtMs(state: State): number {
  if (state === null) return nowMs;
  if ('freeInMs' in state) return nowMs + Math.max(0, state.freeInMs);
  return takenAtMs(state) + roundTripMs + windowMs;
}

describe('slots', () => {
  it('are taken one by one, and free again from the moment they are given back for', () => {
    const slots = createSlots(2, windowMs);
    const first = slots.take(0);
    expect(first).not.toBeNull();
    expect(slots.take(0)).not.toBeNull();
    expect(slots.take(0)).toBeNull();
    expect(slots.idle(0)).toBe(false);
    first?.releaseAt(1_250);
    expect(slots.take(1_249)).toBeNull();
    expect(slots.take(1_250)).not.toBeNull();
    expect(slots.take(1_250)).toBeNull();
  });

  it('are idle when all are free', () => {
    const slots = createSlots(2, windowMs);
    expect(slots.idle(0)).toBe(true);
    const taken = [slots.take(0), slots.take(0)];
    for (const slot of taken) slot?.releaseAt(1_250);
    expect(slots.idle(1_249)).toBe(false);
    expect(slots.idle(1_250)).toBe(true);
  });

  it('tell when one will be free for a call behind others that each take the first they can', () => {
    fc.assert(
      fc.property(anySlots, fc.nat({ max: 20 }), (states, ahead) => {
        const free = states.map(freeAtMs);
        for (let index = 0; index < ahead; index += 1) {
          const first = free.indexOf(Math.min(...free));
          free.push(Math.min(...free) + roundTripMs + windowMs);
          free.splice(first, 1);
        }
        expect(slotsIn(states).freeAt(ahead, nowMs, roundTripMs)).toBe(Math.min(...free));
      }),
      { numRuns: 1_000 },
    );
  });

  it('take a call that is late already for one that ends now', () => {
    const slots = createSlots(1, windowMs);
    slots.take(0);
    expect(slots.freeAt(0, 100, roundTripMs)).toBe(1_250);
    expect(slots.freeAt(0, 9_000, roundTripMs)).toBe(10_000);
    expect(slots.freeAt(2, 9_000, roundTripMs)).toBe(12_500);
  });
});
