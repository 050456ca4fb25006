import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedStateLostError } from '../../src/errors.js';
import { createSharedSlots } from '../../src/fleet/shared-slots.js';
import type { Store } from '../../src/fleet/store.js';
import { createManualClock } from '../support/manual-clock.js';

const nobody = { first: 0, spare: 0, spared: 0 };
const lostStore: Store = {
  run: () => Promise.reject(new SharedStateLostError(1_000)),
  onFound: () => undefined,
  isLost: () => true,
  close: () => Promise.resolve(),
};

/** Slots that are found to be lost now. */
async function loseSlots() {
  const clock = createManualClock();
  const slots = createSharedSlots({
    store: lostStore,
    companyKey: 'company',
    requests: 5,
    windowMs: 1_000,
    leaseMs: 5_500,
    clock,
    onChange: () => undefined,
  });
  slots.expect({ ...nobody, first: 1 });
  await clock.advance(0);
  return { clock, slots };
}

describe('slots that are lost', () => {
  it('are never hoped for sooner than after the time that they have been lost by now', async () => {
    const { clock, slots } = await loseSlots();
    const lostAtMs = clock.now();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 900 }), async (forMs) => {
        await clock.advance(forMs);
        slots.expect({ ...nobody, first: 1 });
        await clock.advance(0);
        const nowMs = clock.now();
        const hopedForMs = Math.min(Math.max(1_000, nowMs - lostAtMs), 30_000);
        expect(slots.forecast(nowMs, 100).next()).toBe(nowMs + hopedForMs);
        expect(slots.take(nowMs, 0)).toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});
