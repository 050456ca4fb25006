import { describe, expect, it } from 'vitest';
import { type AtHandOptions, createAtHand } from '../src/at-hand.js';
import type { UsageEvent } from '../src/events.js';
import { readingNames } from '../src/schema/reading-names.js';
import type { UsageReading } from '../src/usage.js';
import { iccidNumber } from './support/iccids.js';
import { createManualClock } from './support/manual-clock.js';
import { readingOf } from './support/readings.js';

const [first, second, third] = [iccidNumber(1), iccidNumber(2), iccidNumber(3)];

/** Has a fresh reading of all but the third. */
function createRig(options: Partial<AtHandOptions<string>> = {}) {
  const clock = createManualClock();
  const events: UsageEvent[] = [];
  const taken: { readonly iccid: string; readonly operation: number }[] = [];
  const fetchedAtMs = clock.now();
  const readings = new Map<string, UsageReading>(
    [first, second].map((iccid) => [iccid, readingOf(iccid, fetchedAtMs)]),
  );
  const atHand = createAtHand<string>({
    cache: {
      peek: (iccid) => readings.get(iccid) ?? null,
      take({ iccid }, operation) {
        if (taken.some((each) => each.iccid === iccid && each.operation === operation)) return false;
        taken.push({ iccid, operation });
        return true;
      },
    },
    clock,
    report: (event) => events.push(event),
    maxIccids: 3,
    maxReferences: 4,
    cacheScope: 'PRIVATE',
    names: readingNames({}),
    ...options,
  });
  return { ...atHand, clock, events, taken };
}

const asked = (...texts: string[]) => [{ texts, isReference: false }];
const referred = (...texts: string[]) => [{ texts, isReference: true }];

describe('what is at hand', () => {
  it('is told of only when it is taken, once for each eSIM', () => {
    const { fresh, events, taken } = createRig();
    const readings = fresh([...asked(first, second, first), ...referred(second)], 'anna');
    expect([events, taken]).toEqual([[], []]);
    expect(readings?.byField.map((field) => field.map(({ iccid }) => iccid))).toEqual([
      [first, second, first],
      [second],
    ]);
    expect(readings?.take()).toEqual(new Map([['cache', 2]]));
    const [{ operation } = { operation: 0 }] = taken;
    expect(taken).toEqual([first, second].map((iccid) => ({ iccid, operation })));
    expect(events).toEqual([
      { type: 'loader.answer', iccid: first, answer: 'cache' },
      { type: 'loader.answer', iccid: second, answer: 'cache' },
    ]);
  });

  it('is told of for each operation anew', () => {
    const { fresh, taken } = createRig();
    for (let times = 0; times < 3; times += 1)
      expect(fresh(asked(first, first), 'anna')?.take()).toEqual(new Map([['cache', 1]]));
    expect(new Set(taken.map(({ operation }) => operation)).size).toBe(3);
  });

  it.each([
    ['one has no reading', asked(first, third)],
    ['one is no ICCID', asked(first, 'none')],
    ['nothing is named', asked()],
    ['too many are asked for', asked(first, first, first, first)],
    ['a gateway refers to too many', referred(first, first, first, first, first)],
  ])('is nothing where %s', (_name, named) => {
    const { fresh, events } = createRig();
    expect(fresh(named, 'anna')).toBeNull();
    expect(events).toEqual([]);
  });

  it('may be kept until the first of it ends, an entity for no more than a day, and not at all in the last second', async () => {
    const { fresh, clock } = createRig();
    expect(fresh(asked(first), 'anna')?.hint).toEqual({ maxAge: 1_200, scope: 'PRIVATE' });
    await clock.advance(1_199_000);
    expect(fresh(asked(first), 'anna')?.hint).toEqual({ maxAge: 1, scope: 'PRIVATE' });
    await clock.advance(1);
    expect(fresh(asked(first), 'anna')).toBeNull();
    const recycled = createRig({
      cache: {
        peek: () => ({ ...readingOf(first, 1_000), freshUntilMs: 1_000 + 100 * 3_600_000 }),
        take: () => true,
      },
    });
    expect(recycled.fresh(asked(first), 'anna')?.hint.maxAge).toBe(360_000);
    expect(recycled.fresh(referred(first), 'anna')?.hint.maxAge).toBe(86_400);
  });

  it('is for those only who may see all of it, each different eSIM being asked about once', () => {
    const questions: unknown[] = [];
    const { fresh } = createRig({
      authorize(iccids, request) {
        questions.push([iccids, request]);
        return request === 'anna' ? [first, second] : [first];
      },
    });
    expect(fresh(asked(first, second, first), 'anna')).not.toBeNull();
    expect(fresh(asked(first, second), 'bert')).toBeNull();
    expect(questions).toEqual([
      [[first, second], 'anna'],
      [[first, second], 'bert'],
    ]);
  });

  it.each([
    ['answers later', () => Promise.resolve([first])],
    ['fails later', () => Promise.reject(new Error('no such database'))],
  ])('is nothing for ever where who decides %s', async (_name, decide) => {
    let questions = 0;
    const { fresh } = createRig({
      authorize() {
        questions += 1;
        return decide();
      },
    });
    expect(fresh(asked(first), 'anna')).toBeNull();
    expect(fresh(asked(first), 'anna')).toBeNull();
    expect(questions).toBe(1);
  });
});
