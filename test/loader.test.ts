import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { parse, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { NotFoundError, ThrottledError } from '../src/errors.js';
import { createLoader, type LoaderOptions, type UsageLoader } from '../src/loader/loader.js';
import type { Caller, UsageSource } from '../src/usage.js';
import { createCacheRig } from './support/cache-rig.js';
import { iccidNumber } from './support/iccids.js';
import { createManualClock } from './support/manual-clock.js';
import { readingOf } from './support/readings.js';

const first = '8944465400000267221';
const second = '8944465400000267239';
const third = '8944465400000267247';
const caller: Caller = { deadlineMs: 9_000 };

/** A loader that reports to nobody, unless told otherwise. */
function loaderOf(
  options: Omit<LoaderOptions, 'clock' | 'report'> & Partial<Pick<LoaderOptions, 'clock' | 'report'>>,
): UsageLoader {
  return createLoader({ clock: createManualClock(), report: () => undefined, ...options });
}

/** Knows every eSIM, and keeps what it was asked. */
function countingSource(): UsageSource & { readonly asked: { iccid: string; caller: Caller }[] } {
  const asked: { iccid: string; caller: Caller }[] = [];
  return {
    asked,
    async read(iccid, caller) {
      asked.push({ iccid, caller });
      return readingOf(iccid, 1_000);
    },
  };
}

/** Throws at one ICCID, and knows every other. */
function failingSource(failing: string, thrown: unknown): UsageSource {
  return {
    async read(iccid) {
      if (iccid === failing) throw thrown;
      return readingOf(iccid, 1_000);
    },
  };
}

const invalid = {
  kind: 'problem',
  iccid: null,
  code: 'INVALID_ICCID',
  message: 'An ICCID is a string of 15 to 22 digits.',
  retryAfterSeconds: null,
};

/** What is on the heap once nothing is that nobody needs. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new TypeError('gc: expected a function');
  collect();
  return process.memoryUsage().heapUsed;
}

describe('the loader of one operation', () => {
  it.each([
    { who: 'who may read them', permitted: undefined },
    { who: 'who may not', permitted: () => [] },
  ])(
    'hands on ICCIDs that do not keep the documents that they were in, of one $who',
    async ({ permitted }) => {
      const kept: unknown[] = [];
      const source = failingSource('nobody’s', null);
      const report: LoaderOptions['report'] = (event) => {
        if (event.type === 'loader.answer') kept.push(event.iccid);
      };
      const before = heapBytes();
      for (let index = 0; index < 500; index += 1) {
        const { load } = loaderOf({ source, report, permitted, caller, maxIccids: 1, maxReferences: 1 });
        const document = parse(
          `{ esimUsage(iccid: "${iccidNumber(index)}") { __typename } } #${'x'.repeat(50_000)}`,
        );
        visit(document, { StringValue: ({ value }) => void load(value) });
        await setImmediate();
      }
      expect(kept).toEqual(Array.from({ length: 500 }, (_, index) => iccidNumber(index)));
      expect(heapBytes() - before).toBeLessThan(5_000_000);
    },
  );

  it('asks on behalf of its operation, and once for each ICCID however often it is named', async () => {
    const source = countingSource();
    const { load } = loaderOf({ source, caller, maxIccids: 2, maxReferences: 2 });
    const readings = await Promise.all([load(first), load(second), load(first)]);
    expect(readings).toMatchObject([{ iccid: first }, { iccid: second }, { iccid: first }]);
    expect(await load(first)).toBe(readings[0]);
    expect(source.asked).toMatchObject([
      { iccid: first, caller },
      { iccid: second, caller },
    ]);
  });

  it('passes on who asks: until when, and whether it is still there', async () => {
    const source = countingSource();
    const { signal } = new AbortController();
    const asking = { deadlineMs: 9_000, signal };
    await loaderOf({ source, caller: asking, maxIccids: 2, maxReferences: 2 }).load(first);
    expect(source.asked[0]?.caller.signal).toBe(signal);
    expect(source.asked[0]?.caller.deadlineMs).toBe(9_000);
  });

  it('does not ask for what is no ICCID', async () => {
    const source = countingSource();
    const { load } = loaderOf({ source, caller, maxIccids: 2, maxReferences: 2 });
    expect(await Promise.all([load('../../v2/token'), load('')])).toEqual([invalid, invalid]);
    expect(source.asked).toEqual([]);
  });

  it.each([
    [
      'that is permanent',
      new NotFoundError(),
      { code: 'NOT_FOUND', message: 'No eSIM with this ICCID is known.', retryAfterSeconds: null },
    ],
    [
      'that passes',
      new ThrottledError(1_001),
      {
        code: 'THROTTLED',
        message: 'The limits of the eSIM provider leave no room for this reading in time.',
        retryAfterSeconds: 2,
      },
    ],
  ])('makes a problem of a failure %s', async (_name, error, problem) => {
    const { load } = loaderOf({
      source: failingSource(second, error),
      caller,
      maxIccids: 100,
      maxReferences: 100,
    });
    expect(await Promise.all([load(first), load(second)])).toEqual([
      expect.objectContaining({ kind: 'reading', iccid: first }),
      { kind: 'problem', iccid: second, ...problem },
    ]);
  });

  it('lets a bug be one, and only for the ICCID that it happened to', async () => {
    const bug = new TypeError('a bug');
    const { load } = loaderOf({
      source: failingSource(second, bug),
      caller,
      maxIccids: 100,
      maxReferences: 100,
    });
    expect(await Promise.allSettled([load(first), load(second), load(third)])).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ iccid: first }) },
      { status: 'rejected', reason: bug },
      { status: 'fulfilled', value: expect.objectContaining({ iccid: third }) },
    ]);
  });

  it('makes an error of a bug that threw something else', async () => {
    const { load } = loaderOf({
      source: failingSource(first, 'a text'),
      caller,
      maxIccids: 100,
      maxReferences: 100,
    });
    await expect(load(first)).rejects.toEqual(
      new Error('something that is no error was thrown', { cause: 'a text' }),
    );
  });

  it('refuses too many as the client’s fault', async () => {
    const { load } = loaderOf({ source: countingSource(), caller, maxIccids: 1, maxReferences: 1 });
    const [one] = await Promise.allSettled([load(first), load(second)]);
    expect(one).toMatchObject({
      status: 'rejected',
      reason: {
        message: 'An operation may name at most 1 different ICCIDs.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    });
  });

  it('C7 lets each text be named ten times on average, and loads nothing of a batch that goes over', async () => {
    const source = countingSource();
    const loaders = [10, 11].map((times) => {
      const { load } = loaderOf({ source, caller, maxIccids: 1, maxReferences: 1 });
      return Promise.allSettled(Array.from({ length: times }, () => load(first)));
    });
    const [within, over] = await Promise.all(loaders);
    expect(within).toEqual(
      Array(10).fill({
        status: 'fulfilled',
        value: expect.objectContaining({ kind: 'reading', iccid: first }),
      }),
    );
    expect(over?.map(({ status }) => status)).toEqual(Array(11).fill('rejected'));
    expect(over?.at(0)).toMatchObject({
      reason: {
        message: 'An operation may name at most 10 ICCIDs, repeats included.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    });
    expect(source.asked).toHaveLength(1);
  });

  it('C7 counts each text once, over all batches of the operation, and loads nothing of one that goes over', async () => {
    const text = fc.oneof(
      fc.constantFrom(first, second, third),
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 14, maxLength: 17 }),
      fc.constantFrom('', 'none', '__proto__'),
    );
    await fc.assert(
      fc.asyncProperty(
        // Ten times the least is as many as are named in all.
        fc.integer({ min: 4, max: 12 }),
        fc.array(fc.array(text, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 4 }),
        async (maxIccids, batches) => {
          const source = countingSource();
          const { load } = loaderOf({ source, caller, maxIccids, maxReferences: maxIccids });
          const loaded = new Set<string>();
          let named = 0;
          for (const batch of batches) {
            const anew = new Set(batch.filter((each) => !loaded.has(each)));
            named += anew.size;
            const isOver = anew.size > 0 && named > maxIccids;
            if (!isOver) for (const each of anew) loaded.add(each);

            expect(await Promise.allSettled(batch.map(load))).toEqual(
              batch.map((each) =>
                loaded.has(each)
                  ? {
                      status: 'fulfilled',
                      value: /^[0-9]{15,22}$/.test(each) ? expect.objectContaining({ iccid: each }) : invalid,
                    }
                  : {
                      status: 'rejected',
                      reason: expect.objectContaining({
                        message: `An operation may name at most ${maxIccids} different ICCIDs.`,
                      }),
                    },
              ),
            );
          }
          expect(source.asked.map(({ iccid }) => iccid).sort()).toEqual(
            [...loaded].filter((each) => /^[0-9]{15,22}$/.test(each)).sort(),
          );
        },
      ),
    );
  });
});

describe('the turns of one operation', () => {
  /** Loads so many, and remembers for whom as the layers below see it. */
  async function callersOf(load: UsageLoader['load'], asked: readonly { caller: Caller }[], count: number) {
    const from = asked.length;
    await Promise.all(Array.from({ length: count }, (_, index) => load(iccidNumber(from + index))));
    return asked.slice(from).map((each) => each.caller);
  }

  function createRig() {
    const source = countingSource();
    const { load } = loaderOf({ source, caller, maxIccids: 100, maxReferences: 100 });
    return { load: (count: number) => callersOf(load, source.asked, count) };
  }

  const turn = (behind: number) => ({ lane: 'interactive', behind });

  it('are taken in the order in which they are looked at, and kept', async () => {
    const [first, second, third] = await createRig().load(3);
    expect([third?.place, first?.place, second?.place]).toEqual([turn(0), turn(1), turn(2)]);
    expect([first?.place, second?.place, third?.place]).toEqual([turn(1), turn(2), turn(0)]);
  });

  it('are only for what waits: the n-th of those stands n - 1 behind, whatever else was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        async (batches) => {
          const { load } = createRig();
          const behind: unknown[] = [];
          for (const batch of batches) {
            const callers = await load(batch.length);
            behind.push(...callers.flatMap((each, index) => (batch[index] ? [each.place] : [])));
          }
          expect(behind).toEqual(behind.map((_, index) => turn(index)));
        },
      ),
    );
  });

  it('begin at the head for every operation', async () => {
    const [first] = await createRig().load(1);
    const [other] = await createRig().load(1);
    expect([first?.place, other?.place]).toEqual([turn(0), turn(0)]);
  });

  it('are not taken by what the cache has', async () => {
    const { cache, clock, source } = createCacheRig();
    const { load: warm } = loaderOf({ source: cache, caller, maxIccids: 100, maxReferences: 100 });
    await Promise.all([0, 2, 4].map((index) => warm(iccidNumber(index))));
    const { load } = loaderOf({ source: cache, caller, maxIccids: 100, maxReferences: 100 });
    source.take(1_000, 0);
    const loading = Promise.all([0, 1, 2, 3, 4, 5].map((index) => load(iccidNumber(index))));
    await setImmediate();
    expect(source.callers.slice(3).map(({ place }) => place)).toEqual([turn(0), turn(1), turn(2)]);
    await clock.advance(1_000);
    await loading;
  });
});
