import { createSlots } from '../scheduler/slots.js';
import type { JoinFleet } from './fleet.js';

/** A process that shares nothing with any other. */
export const alone: JoinFleet = ({ companyRequests, companyWindowMs, quietStartMs, clock }) => ({
  clock,
  slots() {
    const slots = createSlots(companyRequests, companyWindowMs);
    slots.closeUntil(clock.now() + quietStartMs);
    return slots;
  },
  share: (source) => source,
  inTurn: (source) => source,
  shareToken: (fetch) => fetch(),
  state: () => 'alone',
  close: () => Promise.resolve(),
});
