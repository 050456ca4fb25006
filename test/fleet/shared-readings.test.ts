import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFleetClock } from '../../src/fleet/fleet-clock.js';
import { decode, encode, type Known } from '../../src/fleet/shared-readings.js';
import { UsageStatus } from '../../src/generated/enums.js';
import type { UsageReading } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock } from '../support/manual-clock.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);
const serverMs = Date.UTC(2027, 0, 1);

/** Of a replica that has been running for so long when it is the same moment everywhere. */
function clockAt(nowMs: number) {
  const own = createManualClock();
  const clock = createFleetClock({ ...own, now: () => nowMs });
  clock.learn(serverMs, nowMs, nowMs);
  return clock;
}
const [teller, hearer] = [clockAt(5_000_000.25), clockAt(90_000.75)];

const quotaOf = (unit: 'MEGABYTES' | 'MINUTES' | 'MESSAGES') =>
  fc.option(
    fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.nat({ max: 1e9 })).map(([total, some]) => ({
      unit,
      total,
      remaining: some % (total + 1),
      used: total - (some % (total + 1)),
    })),
  );
const anyReading: fc.Arbitrary<UsageReading> = fc
  .record({
    status: fc.constantFrom(...Object.values(UsageStatus)),
    statusCode: fc.string(),
    isUnlimited: fc.constantFrom(true, false, null),
    data: quotaOf('MEGABYTES'),
    voice: quotaOf('MINUTES'),
    text: quotaOf('MESSAGES'),
    expiresAtSeconds: fc.option(fc.nat({ max: 253_000_000_000 })),
  })
  .chain((facts) => fc.nat({ max: 3_000_000 }).map((agoMs) => readingOf(iccid, 5_000_000.25 - agoMs, facts)));

/** What the hearer knows of a reading that the teller has. */
const heard = (reading: UsageReading): Known | null =>
  decode(encode(iccid, { kind: 'reading', reading }, teller), iccid, 'PRODUCTION', hearer);

const shown = (reading: UsageReading, clock: typeof teller) => ({
  ...reading,
  fetchedAtMs: clock.toDate(reading.fetchedAtMs),
  asOfNotBeforeMs: clock.toDate(reading.asOfNotBeforeMs),
  freshUntilMs: clock.toDate(reading.freshUntilMs),
});

describe('a reading that is shared', () => {
  it('says the same wherever it is read, to the millisecond', () => {
    fc.assert(
      fc.property(anyReading, (reading) => {
        const known = heard(reading);
        expect(known?.kind === 'reading' && shown(known.reading, hearer)).toEqual(shown(reading, teller));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is as old where it is read as where it was fetched', () => {
    fc.assert(
      fc.property(anyReading, (reading) => {
        const known = heard(reading);
        const ageMs = known?.kind === 'reading' ? hearer.now() - known.reading.fetchedAtMs : Number.NaN;
        expect(Math.abs(ageMs - (teller.now() - reading.fetchedAtMs))).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('tells for how long an eSIM is not found', () => {
    const known: Known = { kind: 'not found', untilMs: 5_060_000 };
    const heard = decode(encode(iccid, known, teller), iccid, 'PRODUCTION', hearer);
    expect(heard).toEqual({ kind: 'not found', untilMs: expect.closeTo(150_000, -1) });
  });

  it('is nobody else’s, and not of another environment', () => {
    const text = encode(iccid, { kind: 'reading', reading: readingOf(iccid, 4_000_000) }, teller);
    expect(decode(text, iccidNumber(2), 'PRODUCTION', hearer)).toBeNull();
    expect(decode(text, iccid, 'SANDBOX', hearer)).toBeNull();
    expect(decode(text, iccid, 'PRODUCTION', hearer)).not.toBeNull();
  });

  it('is none when it is from ahead, by a clock that was wrong', () => {
    const text = encode(iccid, { kind: 'reading', reading: readingOf(iccid, 5_002_000) }, teller);
    expect(decode(text, iccid, 'PRODUCTION', hearer)).toBeNull();
  });

  it('is not written and not read before the server’s clock is known', () => {
    const own = createManualClock();
    const unsure = createFleetClock(own);
    const known: Known = { kind: 'reading', reading: readingOf(iccid, 1_000) };
    expect(encode(iccid, known, unsure)).toBeNull();
    expect(decode(encode(iccid, known, teller), iccid, 'PRODUCTION', unsure)).toBeNull();
  });

  it('is none when a byte is missing, and never a number that was not written', () => {
    const reading = readingOf(iccid, 4_000_000);
    const text = encode(iccid, { kind: 'reading', reading }, teller) ?? '';
    for (let length = 0; length < text.length; length += 1)
      expect(decode(text.slice(0, length), iccid, 'PRODUCTION', hearer)).toBeNull();
    for (const [from, to] of [
      ['"version":1', '"version":2'],
      ['"total":2048', '"total":0'],
      ['"used":1281', '"used":1280'],
      ['"remaining":767', '"remaining":"767"'],
      ['MEGABYTES', 'MINUTES'],
      ['"voice":null,', ''],
      ['"ACTIVE"', '"SLEEPING"'],
      ['"kind"', '"more":1,"kind"'],
    ] as const) {
      expect(text).toContain(from);
      expect(decode(text.replace(from, to), iccid, 'PRODUCTION', hearer)).toBeNull();
    }
    expect(decode(null, iccid, 'PRODUCTION', hearer)).toBeNull();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (any) => {
        expect(decode(any, iccid, 'PRODUCTION', hearer)).toBeNull();
      }),
    );
  });
});
