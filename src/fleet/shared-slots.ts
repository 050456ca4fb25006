import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Expected, Slots } from '../scheduler/slots.js';
import { acquire, disown, leave, pause, release } from './scripts.js';
import type { Store } from './store.js';

export interface SharedSlotsOptions {
  readonly store: Store;
  readonly companyKey: string;
  /** How many slots there are. */
  readonly requests: number;
  /** For how long each is held after its call, in milliseconds. */
  readonly windowMs: number;
  /** For how long one is held whose holder says nothing more, in milliseconds: longer than a call can take to arrive. */
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Called when it may be another's turn. */
  readonly onChange: () => void;
}

/** The slots of a company that several processes share. */
export interface SharedSlots extends Slots {
  /** Gives back what is not used, and wants nothing any more. */
  close(): void;
}

/** A slot that was granted to this process. */
interface Lease {
  readonly slot: number;
  readonly owner: string;
  readonly askedAtMs: number;
  /** So many others were free beside it. */
  readonly spared: number;
}

/** What this process knows of the slots that are taken, its own among them. */
interface Sight {
  /** Each one's: when it can be free at the earliest, on the module's clock. */
  readonly taken: readonly { readonly earliestMs: number; readonly isUnderWay: boolean }[];
  /** How many wait in other processes. */
  readonly others: number;
}

/** A grant that is not used by then is given back, in milliseconds: its lease is to outlast the call. */
export const graceMs = 1_000;
/** One that got its share of the free slots leaves the others so much time to get theirs, in milliseconds. */
const politeMs = 10;
/** What is lost is expected to stay so for as long as it has been by now, within these, in milliseconds; and is tried each time that the least has passed. */
const lostMs = { least: 1_000, most: 30_000 };

const sightAnswer = z.object({
  closedMs: z.number(),
  others: z.number(),
  granted: z.array(z.number()),
  earliestMs: z.array(z.number()),
  underWay: z.array(z.number()),
});

/**
 * Slots that are asked for while somebody waits, with one question at a time. Each has a lease, so that those of a process that dies come back. None is
 * to be had while the store is lost, because nobody knows then what the others send.
 */
export function createSharedSlots(options: SharedSlotsOptions): SharedSlots {
  const { store, companyKey, requests, windowMs, leaseMs, clock, onChange } = options;
  const replica = randomUUID();
  let expected: Expected = { first: 0, spare: 0, spared: 0 };
  let leases: Lease[] = [];
  let sight: Sight = { taken: [], others: 0 };
  let closedUntilMs = Number.NEGATIVE_INFINITY;
  let lostSinceMs: number | null = null;
  /** When asking again can help. Null while an answer is on its way. */
  let askAtMs: number | null = Number.NEGATIVE_INFINITY;
  /** What the store could not be told yet. */
  const untold = new Map<string, { readonly lease: Lease; readonly freeAtMs: number }>();
  let disowned: string[] = [];
  let untoldPauseUntilMs = Number.NEGATIVE_INFINITY;
  /** Whether the others believe that somebody waits here. */
  let isListed = false;

  const waiting = (): number => expected.first + expected.spare;

  /** The longer they have been lost, the later they can be hoped for: in the end, nobody waits any more. */
  function opensAtMs(nowMs: number): number {
    if (lostSinceMs === null) return closedUntilMs;
    const forMs = Math.min(Math.max(nowMs - lostSinceMs, lostMs.least), lostMs.most);
    return Math.max(closedUntilMs, nowMs + forMs);
  }

  async function ask(): Promise<void> {
    askAtMs = null;
    const owner = randomUUID();
    const askedAtMs = clock.now();
    // What nobody waits for leaves room for those who have nothing at hand.
    const [want, spared] = expected.first > 0 ? [expected.first, 0] : [expected.spare, expected.spared];
    isListed = true;
    const isSent = !store.isLost();
    try {
      tellAll();
      const args = [replica, owner, want, spared, waiting(), requests, windowMs, leaseMs];
      const { granted, ...seen } = sightOf(await store.run(acquire, [companyKey], args));
      const atMs = clock.now();
      lostSinceMs = null;
      closedUntilMs = Math.max(closedUntilMs, atMs + seen.closedMs);
      const taken = seen.earliestMs.map((forMs, index) => ({
        earliestMs: atMs + forMs,
        isUnderWay: seen.underWay[index] === 1,
      }));
      sight = { taken, others: seen.others };
      leases = granted.map((slot) => ({ slot, owner, askedAtMs, spared }));
      const next = Math.min(...taken.map(({ earliestMs }) => earliestMs));
      askAtMs = requests - taken.length > spared ? atMs + politeMs : next;
    } catch {
      // It may have been granted some all the same.
      if (isSent) disowned.push(owner);
      lose();
    }
    onChange();
  }

  function lose(): void {
    const nowMs = clock.now();
    lostSinceMs ??= nowMs;
    askAtMs = nowMs + lostMs.least;
  }

  function isDue(nowMs: number): boolean {
    return askAtMs !== null && askAtMs <= nowMs && closedUntilMs <= nowMs;
  }

  /** The last word on a slot, for as long as nobody else has it. */
  function tell(lease: Lease, freeAtMs: number): void {
    const name = `${lease.slot} ${lease.owner}`;
    untold.delete(name);
    if (askAtMs !== null) askAtMs = Math.min(askAtMs, freeAtMs);
    const forMs = Math.max(0, Math.ceil(freeAtMs - clock.now()));
    store
      .run(release, [companyKey], [lease.slot, lease.owner, forMs])
      .catch(() => untold.set(name, { lease, freeAtMs }));
  }

  function tellPause(): void {
    const forMs = Math.ceil(untoldPauseUntilMs - clock.now());
    if (forMs <= 0) return;
    const untilMs = untoldPauseUntilMs;
    untoldPauseUntilMs = Number.NEGATIVE_INFINITY;
    store.run(pause, [companyKey], [forMs]).catch(() => {
      untoldPauseUntilMs = Math.max(untoldPauseUntilMs, untilMs);
    });
  }

  function tellAll(): void {
    tellPause();
    for (const { lease, freeAtMs } of [...untold.values()]) tell(lease, freeAtMs);
    if (disowned.length === 0) return;
    const owners = disowned;
    disowned = [];
    store.run(disown, [companyKey], owners).catch(() => disowned.push(...owners));
  }

  /** So that the others need not leave anything for this one. */
  function unlist(): void {
    if (!isListed || askAtMs === null) return;
    isListed = false;
    // It is forgotten soon by itself.
    store.run(leave, [companyKey], [replica]).catch(() => undefined);
  }

  function giveBackUnused(): void {
    const nowMs = clock.now();
    const unused = leases;
    leases = [];
    for (const lease of unused) tell(lease, nowMs);
  }

  store.onFound(() => {
    lostSinceMs = null;
    // Even if nobody waits: what is new there grants nothing for a while, which is over the sooner.
    if (askAtMs !== null) void ask();
  });

  return {
    take(nowMs, spared) {
      const index = leases.findIndex(
        (lease) => lease.spared >= spared && nowMs - lease.askedAtMs <= graceMs && opensAtMs(nowMs) <= nowMs,
      );
      const [lease] = index < 0 ? [] : leases.splice(index, 1);
      return lease === undefined ? null : { releaseAt: (atMs) => tell(lease, atMs) };
    },

    expect(now) {
      expected = now;
      giveBackUnused();
      if (waiting() === 0) unlist();
      else if (isDue(clock.now())) void ask();
    },

    held: (nowMs) => sight.taken.filter(({ earliestMs }) => earliestMs > nowMs).length,

    nextFreeAt(nowMs) {
      return askAtMs === null || isDue(nowMs) ? null : Math.max(askAtMs, closedUntilMs);
    },

    forecast(nowMs, roundTripMs) {
      const earliestMs = Math.max(nowMs, opensAtMs(nowMs));
      const moments = Array.from({ length: requests }, (_, index) => {
        const slot = sight.taken[index];
        return Math.max(earliestMs, (slot?.earliestMs ?? nowMs) + (slot?.isUnderWay ? roundTripMs : 0));
      });
      const othersEach = sight.others / Math.max(1, waiting());
      let nextMs = Math.min(...moments);
      let othersDue = 0;
      const takeNext = (startMs: number): void => {
        moments[moments.indexOf(nextMs)] = startMs + roundTripMs + windowMs;
        nextMs = Math.min(...moments);
      };
      return {
        next: () => nextMs,
        take(startMs) {
          takeNext(startMs);
          for (othersDue += othersEach; othersDue >= 1; othersDue -= 1) takeNext(nextMs);
        },
      };
    },

    closeUntil(untilMs) {
      closedUntilMs = Math.max(closedUntilMs, untilMs);
      untoldPauseUntilMs = Math.max(untoldPauseUntilMs, untilMs);
      tellPause();
    },

    idle: (nowMs) => sight.taken.every(({ earliestMs }) => earliestMs <= nowMs),

    close() {
      expected = { first: 0, spare: 0, spared: 0 };
      giveBackUnused();
      unlist();
    },
  };
}

function sightOf(answer: unknown): z.infer<typeof sightAnswer> {
  const [closedMs, others, granted, earliestMs, underWay] = z.array(z.unknown()).parse(answer);
  return sightAnswer.parse({ closedMs, others, granted, earliestMs, underWay });
}
