import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFleetClock } from '../../src/fleet/fleet-clock.js';
import { createManualClock } from '../support/manual-clock.js';

const serverMs = Date.UTC(2027, 5, 1, 12);

describe('the clock of a fleet', () => {
  it('has the machine’s calendar until it knows the server’s', () => {
    const own = createManualClock();
    const clock = createFleetClock(own);
    expect(clock.toDate(5_000)).toEqual(own.toDate(5_000));
    expect([clock.there(5_000), clock.here(serverMs)]).toEqual([null, null]);
  });

  it('has the server’s calendar from then on, whatever the machine’s says', () => {
    const clock = createFleetClock(createManualClock());
    clock.learn(serverMs, 1_000, 1_000);
    expect(clock.toDate(1_000)).toEqual(new Date(serverMs));
    expect(clock.toDate(61_000)).toEqual(new Date(serverMs + 60_000));
    expect(clock.there(61_000)).toBe(serverMs + 60_000);
  });

  it('is off by no more than half of what asking took', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        (askedAtMs, thereMs, backMs) => {
          const clock = createFleetClock(createManualClock());
          clock.learn(serverMs, askedAtMs, askedAtMs + thereMs + backMs);
          const trueMs = askedAtMs + thereMs;
          expect(Math.abs((clock.here(serverMs) ?? Number.NaN) - trueMs)).toBeLessThanOrEqual(
            (thereMs + backMs) / 2 + 1,
          );
        },
      ),
    );
  });

  it('shows two replicas the same date of a moment that one of them has told the other', () => {
    const anyStart = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(anyStart, anyStart, fc.double({ min: 0, max: 1e8, noNaN: true }), (one, other, agoMs) => {
        const [teller, hearer] = [one, other].map((nowMs) => {
          const clock = createFleetClock(createManualClock());
          clock.learn(serverMs, nowMs, nowMs + 3);
          return clock;
        });
        const atMs = one - agoMs;
        const here = hearer?.here(teller?.there(atMs) ?? Number.NaN) ?? Number.NaN;
        expect(hearer?.toDate(here)).toEqual(teller?.toDate(atMs));
      }),
    );
  });

  it('keeps one date for one moment while the server’s clock is only a little off, and follows one that was set', () => {
    const clock = createFleetClock(createManualClock());
    clock.learn(serverMs, 1_000, 1_000);
    clock.learn(serverMs + 1_020, 2_000, 2_000);
    expect(clock.toDate(1_000)).toEqual(new Date(serverMs));
    clock.learn(serverMs + 2_021, 3_000, 3_000);
    expect(clock.toDate(3_000)).toEqual(new Date(serverMs + 2_021));
  });
});
