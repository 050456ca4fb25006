import type { Clock } from '../clock.js';
import { Agenda, type Due } from './agenda.js';

export interface RefreshAheadOptions<Key> {
  /** Most keys that are planned for at a time. */
  readonly most: number;
  /** Called when a key's moment has come. */
  readonly refresh: (key: Key) => void;
  readonly clock: Clock;
}

/** Plans when to fetch again what will be asked for again. */
export interface RefreshAhead<Key> {
  /** Plans one refresh of that key, unless one is planned already or too many are. False if none is planned then. */
  plan(key: Key, atMs: number): boolean;
  /** Plans none any more. */
  cancel(key: Key): void;
  /** Cancels all, and plans no more. */
  close(): void;
}

/** Makes a plan that is empty. No process is kept alive by it. Has one timer for all, which would be most of what a key takes to keep. */
export function createRefreshAhead<Key>({
  most,
  refresh,
  clock,
}: RefreshAheadOptions<Key>): RefreshAhead<Key> {
  interface Plan extends Due {
    readonly key: Key;
  }
  const planned = new Map<Key, Plan>();
  /** Some that are cancelled as well. */
  const agenda = new Agenda<Plan>();
  let waitingFor: Plan | undefined;
  let stopWaiting = (): void => undefined;
  let isClosed = false;

  const isCancelled = (plan: Plan): boolean => planned.get(plan.key) !== plan;

  function next(): Plan | undefined {
    if (planned.size === 0) agenda.clear();
    for (let plan = agenda.first(); plan !== undefined; plan = agenda.first()) {
      if (!isCancelled(plan)) return plan;
      agenda.removeFirst();
    }
    return undefined;
  }

  function waitForNext(): void {
    const plan = next();
    if (plan === waitingFor) return;
    stopWaiting();
    waitingFor = plan;
    if (plan !== undefined) stopWaiting = clock.after(plan.atMs - clock.now(), () => carryOut(plan), 'idle');
  }

  function carryOut({ key }: Plan): void {
    cancel(key);
    refresh(key);
  }

  function cancel(key: Key): void {
    if (planned.delete(key)) waitForNext();
  }

  return {
    plan(key, atMs) {
      if (planned.has(key)) return true;
      if (isClosed || planned.size >= most) return false;
      const plan = { key, atMs };
      planned.set(key, plan);
      agenda.add(plan);
      waitForNext();
      return true;
    },
    cancel,
    close() {
      isClosed = true;
      planned.clear();
      waitForNext();
    },
  };
}
