import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPackedReadings } from '../../src/cache/packed-readings.js';
import { EsimUsageEnvironment, EsimUsageUnit, UsageStatus } from '../../src/generated/enums.js';
import type { UsageReading } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);
const mostInt = 2 ** 31 - 1;
const { MEGABYTES, MINUTES, MESSAGES } = EsimUsageUnit;

const quotaOf = (unit: EsimUsageUnit) =>
  fc.option(
    fc.integer({ min: 1, max: mostInt }).chain((total) =>
      fc.oneof(fc.constantFrom(0, total), fc.nat({ max: total })).map((remaining) => {
        return { unit, total, remaining, used: total - remaining };
      }),
    ),
  );
const moment = fc.double({ noNaN: true });
/** All that the upstream and a fleet's Redis can bring. */
const reading: fc.Arbitrary<UsageReading> = fc.record({
  kind: fc.constant('reading'),
  iccid: fc.constant(iccid),
  status: fc.constantFrom(...Object.values(UsageStatus)),
  statusCode: fc.oneof(fc.constantFrom(...Object.values(UsageStatus)), fc.string({ maxLength: 3 })),
  isUnlimited: fc.constantFrom(true, false, null),
  data: quotaOf(MEGABYTES),
  voice: quotaOf(MINUTES),
  text: quotaOf(MESSAGES),
  expiresAtSeconds: fc.option(fc.maxSafeInteger()),
  environment: fc.constantFrom(...Object.values(EsimUsageEnvironment)),
  fetchedAtMs: moment,
  asOfNotBeforeMs: moment,
  freshUntilMs: moment,
  staleReason: fc.constant(null),
});

it('a reading comes out as it went in, whatever is in the places beside it', () => {
  const step = fc.record({ place: fc.nat({ max: 3 }), written: fc.option(reading, { freq: 4 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const packed = createPackedReadings(4);
      const model: (UsageReading | null)[] = [null, null, null, null];
      for (const { place, written } of steps) {
        expect(packed.write(place, written)).toBe(true);
        model[place] = written;
        expect([0, 1, 2, 3].map((each) => packed.read(each, iccid))).toEqual(model);
      }
    }),
  );
});

it('it is the reading of the eSIM that is named', () => {
  const packed = createPackedReadings(1);
  packed.write(0, readingOf(iccid, 1_000));
  expect(packed.read(0, iccidNumber(2))).toEqual(readingOf(iccidNumber(2), 1_000));
});

const quota = { unit: MEGABYTES, total: 10, remaining: 4, used: 6 };

it.each<[string, Partial<UsageReading>]>([
  ['is old', { staleReason: 'REFRESHING' }],
  ['has a quota of nothing', { data: { ...quota, total: 0, remaining: 0, used: 0 } }],
  ['has less than nothing', { data: { ...quota, total: -10, remaining: -4, used: -6 } }],
  ['has parts of a megabyte', { data: { ...quota, total: 10.5, used: 6.5 } }],
  ['has a quota that is too large', { data: { ...quota, total: mostInt + 1, used: mostInt - 3 } }],
  [
    'has left what is too large',
    { voice: { ...quota, unit: MINUTES, remaining: mostInt + 5, used: -mostInt } },
  ],
  ['has a quota that does not add up', { text: { ...quota, unit: MESSAGES, used: 5 } }],
  ['counts in other units', { text: quota }],
])('one that %s is not packed, and what was there before is gone', (_what, differing) => {
  const packed = createPackedReadings(1);
  packed.write(0, readingOf(iccid, 1_000));
  expect(packed.write(0, readingOf(iccid, 1_000, differing))).toBe(false);
  expect(packed.read(0, iccid)).toBeNull();
});

it('knows no more than a thousand kinds, and goes on to pack those', () => {
  const packed = createPackedReadings(2);
  const numbered = (number: number): UsageReading => readingOf(iccid, 1_000, { statusCode: `S${number}` });
  const written = Array.from({ length: 1_001 }, (_, number) => packed.write(0, numbered(number)));
  expect(written.filter(Boolean)).toHaveLength(1_000);
  expect(packed.read(0, iccid)).toBeNull();
  expect(packed.write(1, numbered(999))).toBe(true);
  expect(packed.read(1, iccid)).toEqual(numbered(999));
});
