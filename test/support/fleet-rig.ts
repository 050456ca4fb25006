import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock.js';
import type { UsageEvent } from '../../src/events.js';
import { createFleetClock, type FleetClock } from '../../src/fleet/fleet-clock.js';
import { createSharedSlots, type SharedSlots } from '../../src/fleet/shared-slots.js';
import { createSharedValues, type SharedValues } from '../../src/fleet/shared-values.js';
import { createStore, type Store } from '../../src/fleet/store.js';
import { createGate, type Gate } from '../../src/scheduler/gate.js';

/** One process's part of a fleet, on a server that is really there. */
export interface Member {
  readonly store: Store;
  readonly clock: FleetClock;
  readonly values: SharedValues;
  readonly slots: SharedSlots;
  readonly gate: Gate;
  readonly events: readonly UsageEvent[];
}

export interface MemberOptions {
  readonly url: string;
  /** @default one of its own */
  readonly prefix?: string;
  /** @default 5 */
  readonly requests?: number;
  readonly windowMs: number;
  readonly leaseMs: number;
}

export const anyPrefix = (): string => `esim-usage:{${randomUUID()}}:`;

/** Joins, and settles when the server answers. Leaves when the test is over. */
export async function joinFleet(options: MemberOptions): Promise<Member> {
  const { url, prefix = anyPrefix(), requests = 5, windowMs, leaseMs } = options;
  const clock = createFleetClock(createSystemClock());
  const companyKey = `${prefix}company`;
  const events: UsageEvent[] = [];
  const store = createStore({
    url,
    probeKey: `${prefix}probe`,
    clock,
    report: (event) => events.push(event),
  });
  onTestFinished(() => store.close());
  const found = new Promise<void>((resolve) => store.onFound(resolve));
  let slots: SharedSlots | undefined;
  const gate = createGate({
    requests,
    windowMs,
    maxWaiting: 1_000,
    clock,
    slots(onChange) {
      slots = createSharedSlots({ store, companyKey, requests, windowMs, leaseMs, clock, onChange });
      return slots;
    },
  });
  await found;
  if (slots === undefined) throw new Error('a gate that asks for no slots');
  return {
    store,
    clock,
    values: createSharedValues({ store, clock, prefix, companyKey }),
    slots,
    gate,
    events,
  };
}
