import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEntries, type Entries, type Known, nothing } from '../../src/cache/entries.js';
import { NotFoundError } from '../../src/errors.js';
import type { Iccid } from '../../src/iccid.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const failure = { error: new NotFoundError(), untilMs: 5_000, inARow: 1 };
const iccids = Array.from({ length: 6 }, (_, index) => iccidNumber(index));

/** The same for one who has only the ICCIDs. What asks tells null where nothing is known. */
interface Store {
  set(iccid: Iccid, known: Known): void;
  delete(iccid: Iccid): void;
  serve(iccid: Iccid): number | null;
  take(iccid: Iccid, operation: number): boolean | null;
  plan(iccid: Iccid, isPlanned: boolean): null;
  all(): readonly unknown[];
}

function storeOf(entries: Entries): Store {
  function ask<Result>(iccid: Iccid, then: (entry: number) => Result): Result | null {
    const entry = entries.find(iccid);
    return entry === undefined ? null : then(entry);
  }
  const look = (iccid: Iccid): unknown => {
    const entry = entries.peek(iccid);
    if (entry === undefined) return null;
    const [reading, failure] = [entries.readingOf(entry), entries.failureOf(entry)];
    return { reading, failure, served: entries.servedOf(entry), isPlanned: entries.isPlanned(entry) };
  };
  return {
    set: entries.set,
    delete: entries.delete,
    serve: (iccid) => ask(iccid, entries.serve),
    take: (iccid, operation) => ask(iccid, (entry) => entries.take(entry, operation)),
    plan: (iccid, isPlanned) => ask(iccid, (entry) => entries.setPlanned(entry, isPlanned)) ?? null,
    all: () => [entries.size(), ...iccids.map(look)],
  };
}

/** Objects in a list, the least recently asked first. */
function createModel(most: number, onEvict: (iccid: Iccid) => void): Store {
  interface Kept extends Omit<Known, 'served'> {
    served: number;
    takenBy: number | null;
    isPlanned: boolean;
  }
  const list = new Map<Iccid, Kept>();
  function ask<Result>(iccid: Iccid, then: (kept: Kept) => Result): Result | null {
    const kept = list.get(iccid);
    if (kept === undefined) return null;
    list.delete(iccid);
    list.set(iccid, kept);
    return then(kept);
  }
  const look = (iccid: Iccid): unknown => {
    const { takenBy: _, ...kept } = list.get(iccid) ?? { takenBy: null };
    return 'reading' in kept ? kept : null;
  };
  return {
    set(iccid, known) {
      list.delete(iccid);
      list.set(iccid, { ...known, takenBy: null, isPlanned: false });
      const [oldest] = list.keys();
      if (list.size <= most || oldest === undefined) return;
      list.delete(oldest);
      onEvict(oldest);
    },
    delete: (iccid) => void list.delete(iccid),
    serve: (iccid) => ask(iccid, (kept) => ++kept.served),
    take(iccid, operation) {
      return ask(iccid, (kept) => {
        const isAnother = kept.takenBy !== operation;
        kept.takenBy = operation;
        return isAnother;
      });
    },
    plan(iccid, isPlanned) {
      ask(iccid, (kept) => {
        kept.isPlanned = isPlanned;
      });
      return null;
    },
    all: () => [list.size, ...iccids.map(look)],
  };
}

/** Something that is done to both. */
const known = (iccid: Iccid): fc.Arbitrary<Known> => {
  const served = fc.nat({ max: 3 });
  const reading = fc.nat().map((atMs) => readingOf(iccid, atMs));
  const unusual = reading.map((each) => ({ ...each, staleReason: 'REFRESHING' as const }));
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ reading, failure: fc.constant(null), served }) },
    fc.record({ reading: unusual, failure: fc.constantFrom(null, failure), served }),
    fc.record({ reading: fc.oneof(reading, fc.constant(null)), failure: fc.constant(failure), served }),
  );
};
const step = fc.constantFrom(...iccids).chain((iccid) => {
  const number = fc.nat({ max: 3 });
  return fc.oneof<fc.Arbitrary<(store: Store) => unknown>[]>(
    known(iccid).map((each) => (store) => store.set(iccid, each)),
    number.map((operation) => (store) => store.take(iccid, operation)),
    fc.boolean().map((isPlanned) => (store) => store.plan(iccid, isPlanned)),
    fc.constant((store) => store.serve(iccid)),
    fc.constant((store) => store.delete(iccid)),
  );
});

it('keeps what was set last of the ICCIDs that were asked for last, as objects in a list would', () => {
  const size = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(size, size, fc.array(step, { maxLength: 100 }), (most, mostObjects, steps) => {
      const [evicted, gone]: [Iccid[], Iccid[]] = [[], []];
      const store = storeOf(createEntries({ most, mostObjects, onEvict: (iccid) => evicted.push(iccid) }));
      const model = createModel(most, (iccid) => gone.push(iccid));
      for (const act of steps) {
        expect(act(store)).toEqual(act(model));
        expect(store.all()).toEqual(model.all());
        expect(evicted).toEqual(gone);
      }
    }),
    { numRuns: 500 },
  );
});

it('knows nothing of a text that is no ICCID', () => {
  const entries = createEntries({ most: 2, mostObjects: 1, onEvict: () => undefined });
  entries.set(iccidNumber(1), { ...nothing, reading: readingOf(iccidNumber(1), 1_000) });
  expect(['', '0', iccidNumber(1).slice(1), ` ${iccidNumber(1)}`].map(entries.peek)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('has no reading where there was never one', () => {
  const entries = createEntries({ most: 2, mostObjects: 1, onEvict: () => undefined });
  expect([0, 1, 2].map(entries.readingOf)).toEqual([null, null, null]);
});

it('has one object for a reading that is asked for again, until there is another reading', () => {
  const [iccid] = iccids;
  if (iccid === undefined) throw new TypeError('there is one');
  const entries = createEntries({ most: 2, mostObjects: 1, onEvict: () => undefined });
  const read = (): unknown => entries.readingOf(entries.find(iccid) ?? Number.NaN);
  entries.set(iccid, { ...nothing, reading: readingOf(iccid, 1_000) });
  const first = read();
  expect(read()).toBe(first);
  entries.set(iccid, { ...nothing, reading: readingOf(iccid, 2_000) });
  expect(read()).toEqual(readingOf(iccid, 2_000));
});
