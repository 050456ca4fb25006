import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock.js';
import { createFleetClock, type FleetClock } from '../../src/fleet/fleet-clock.js';
import { createSharedSlots } from '../../src/fleet/shared-slots.js';
import { createSharedValues, type SharedValues } from '../../src/fleet/shared-values.js';
import { createStore, type Store } from '../../src/fleet/store.js';
import { createGate, type Gate } from '../../src/scheduler/gate.js';

/** One process's part of a fleet, on a server that is really there. */
export interface Member {
  readonly store: Store;
  readonly clock: FleetClock;
  readonly values: SharedValues;
  readonly gate: Gate;
}

export interface MemberOptions {
  readonly url: string;
  readonly prefix: string;
  readonly windowMs: number;
  readonly leaseMs: number;
}

export const anyPrefix = (): string => `esim-usage:{${randomUUID()}}:`;

/** Joins, and settles when the server answers. Leaves when the test is over. */
export async function joinFleet({ url, prefix, windowMs, leaseMs }: MemberOptions): Promise<Member> {
  const clock = createFleetClock(createSystemClock());
  const companyKey = `${prefix}company`;
  const store = createStore({ url, probeKey: `${prefix}probe`, clock, report: () => undefined });
  onTestFinished(() => store.close());
  const found = new Promise<void>((resolve) => store.onFound(resolve));
  const limit = { requests: 5, windowMs, clock };
  const gate = createGate({
    ...limit,
    maxWaiting: 1_000,
    slots: (onChange) => createSharedSlots({ ...limit, store, companyKey, leaseMs, onChange }),
  });
  await found;
  return { store, clock, gate, values: createSharedValues({ store, clock, prefix, companyKey }) };
}
