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
  const taken = states.map((state) => ({ state, slot: slots.take(takenAtMs(state), 0) }));
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
    const first = slots.take(0, 0);
    expect(first).not.toBeNull();
    expect(slots.take(0, 0)).not.toBeNull();
    expect(slots.take(0, 0)).toBeNull();
    expect(slots.idle(0)).toBe(false);
    first?.releaseAt(1_250);
    expect(slots.take(1_249, 0)).toBeNull();
    expect(slots.take(1_250, 0)).not.toBeNull();
    expect(slots.take(1_250, 0)).toBeNull();
  });

  it('are idle when all are free', () => {
    const slots = createSlots(2, windowMs);
    expect(slots.idle(0)).toBe(true);
    const taken = [slots.take(0, 0), slots.take(0, 0)];
    for (const slot of taken) slot?.releaseAt(1_250);
    expect(slots.idle(1_249)).toBe(false);
    expect(slots.idle(1_250)).toBe(true);
  });

  it('take the last word on when they are given back, until they are taken again', () => {
    const slots = createSlots(1, windowMs);
    const first = slots.take(0, 0);
    first?.releaseAt(9_000);
    first?.releaseAt(1_250);
    expect(slots.nextFreeAt(0)).toBe(1_250);
    expect(slots.take(1_250, 0)).not.toBeNull();
    first?.releaseAt(1_300);
    expect(slots.take(1_300, 0)).toBeNull();
    expect(slots.nextFreeAt(1_300)).toBeNull();
  });

  it('tell how many are free, and when one more will be', () => {
    fc.assert(
      fc.property(anySlots, fc.option(fc.integer({ min: -500, max: 3_000 })), (states, closedForMs) => {
        const slots = slotsIn(states);
        const closedUntilMs = closedForMs === null ? nowMs : nowMs + Math.max(0, closedForMs);
        if (closedForMs !== null) slots.closeUntil(nowMs + closedForMs);
        const known = states
          .filter((state) => state === null || 'freeInMs' in state)
          .map((state) => Math.max(closedUntilMs, freeAtMs(state)));
        const later = known.filter((atMs) => atMs > nowMs).sort((a, b) => a - b);
        expect(slots.nextFreeAt(nowMs)).toBe(later[0] ?? null);
        expect(slots.idle(nowMs)).toBe(later.length === 0 && known.length === states.length);
        expect(takeAll(slots, nowMs)).toBe(known.length - later.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('forecast when one will be free for each of those that take the first they can', () => {
    fc.assert(
      fc.property(anySlots, fc.nat({ max: 20 }), fc.nat({ max: 2_000 }), (states, ahead, closedForMs) => {
        const slots = slotsIn(states);
        slots.closeUntil(nowMs + closedForMs);
        const forecast = slots.forecast(nowMs, roundTripMs);
        const free = states.map((state) => Math.max(freeAtMs(state), nowMs + closedForMs));
        for (let index = 0; index < ahead; index += 1) {
          const first = Math.min(...free);
          expect(forecast.next()).toBe(first);
          forecast.take(first);
          free[free.indexOf(first)] = first + roundTripMs + windowMs;
        }
        expect(forecast.next()).toBe(Math.min(...free));
      }),
      { numRuns: 1_000 },
    );
  });

  it('forecast for those that start later than they could', () => {
    const forecast = createSlots(2, windowMs).forecast(0, roundTripMs);
    forecast.take(5_000);
    expect(forecast.next()).toBe(0);
    forecast.take(100);
    expect(forecast.next()).toBe(1_350);
    forecast.take(1_350);
    expect(forecast.next()).toBe(2_600);
    forecast.take(8_000);
    expect(forecast.next()).toBe(6_250);
  });

  it('forecast a call that is late already as one that ends now', () => {
    const slots = createSlots(1, windowMs);
    slots.take(0, 0);
    expect(slots.forecast(100, roundTripMs).next()).toBe(1_250);
    expect(slots.forecast(9_000, roundTripMs).next()).toBe(10_000);
  });

  it('free none before the latest moment until which they are closed', () => {
    const slots = createSlots(2, windowMs);
    slots.closeUntil(3_000);
    slots.closeUntil(1_000);
    expect(slots.take(2_999, 0)).toBeNull();
    expect([slots.idle(2_999), slots.nextFreeAt(2_999)]).toEqual([false, 3_000]);
    expect([slots.idle(3_000), slots.nextFreeAt(3_000)]).toEqual([true, null]);
    expect(takeAll(slots, 3_000)).toBe(2);
  });

  it('spare as many others as they are told to', () => {
    const slots = createSlots(3, windowMs);
    expect(slots.take(0, 3)).toBeNull();
    expect(slots.take(0, 2)).not.toBeNull();
    expect(slots.take(0, 2)).toBeNull();
    expect(slots.take(0, 1)).not.toBeNull();
    expect(slots.take(0, 0)).not.toBeNull();
  });
});

/** Takes all that are free, and says how many those were. */
function takeAll(slots: Slots, nowMs: number): number {
  let count = 0;
  while (slots.take(nowMs, 0) !== null) count += 1;
  return count;
}
