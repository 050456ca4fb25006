import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetIccids, fleetScenario } from '../../src/simulator/fleet.js';

describe('fleet', () => {
  const iccids = fleetIccids(1_000_000);

  it('has a million distinct ICCIDs of 19 digits', () => {
    expect(new Set(iccids).size).toBe(1_000_000);
    expect(iccids.every((iccid) => /^\d{19}$/.test(iccid))).toBe(true);
  });

  it('is the same for the same count, and a larger count only adds to it', () => {
    expect(fleetIccids(3)).toEqual(['8999900000000000000', '8999900000000000001', '8999900000000000002']);
    expect(fleetIccids(5).slice(0, 3)).toEqual(fleetIccids(3));
    expect(fleetIccids(0)).toEqual([]);
  });

  it('is so dense that neighbours are the same JSON number', () => {
    expect(new Set(fleetIccids(100).map(Number)).size).toBe(1);
  });

  it('gives the n-th ICCID its own numbers', () => {
    fc.assert(
      fc.property(fc.nat(999_999), (n) => {
        expect(fleetScenario(iccids[n] ?? '')).toEqual({
          kind: 'plan',
          isUnlimited: false,
          expiresInMs: 2_592_000_000,
          data: { total: 1024 + n, remaining: 512 + n, usedPerHour: 6 },
        });
      }),
    );
  });

  it.each(['8944465400000267221', '899990000000000000', '89999000000000000000', '899990000000000000x', ''])(
    'does not know %j',
    (iccid) => {
      expect(fleetScenario(iccid)).toBeUndefined();
    },
  );

  it.each([-1, 1.5, 1_000_001, Number.NaN])('refuses a count of %d', (count) => {
    expect(() => fleetIccids(count)).toThrow(
      new RangeError(`count: expected a whole number from 0 to 1000000, got ${count}`),
    );
  });
});
