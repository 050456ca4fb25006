import { PassingMap } from '../passing-map.js';
import type { Place } from '../usage.js';
import { lanes, letInAt, type Prospect, type Standing } from './prospect.js';
import type { RoundTrip } from './round-trip.js';
import type { Forecast, Slot, Slots } from './slots.js';

export interface LineOptions {
  /** Most arrivals at the upstream in any window. */
  readonly requests: number;
  /** The window, in milliseconds. */
  readonly windowMs: number;
  /** Most that may wait, the urgent ones not counted. */
  readonly maxWaiting: number;
  /** As many as `requests`, each held for `windowMs`. */
  readonly slots: Slots;
  readonly roundTrip: Pick<RoundTrip, 'meanMs' | 'mostMs'>;
}

/** One who waits. All but its number can change while it does, and is read again at each turn. */
export interface Ticket {
  /** No other in the line has it. */
  readonly number: number;
  /** The answer is of no use after this moment. */
  readonly deadlineMs: number;
  /** `urgent` goes before everything else. */
  readonly place: Place | 'urgent';
}

/** Who goes, with the slot it must release. */
export interface Going<T extends Ticket> {
  readonly ticket: T;
  readonly slot: Slot;
}

/** Who cannot make it, and would with the same patience when asking again after `retryAfterMs`. */
export interface Refused<T extends Ticket> {
  readonly ticket: T;
  readonly retryAfterMs: number;
}

/** Who leaves the line. */
export interface Turn<T extends Ticket> {
  readonly go: readonly Going<T>[];
  readonly refused: readonly Refused<T>[];
  /** They have come since the last turn and have to wait, so many others before them. */
  readonly wait: readonly { readonly ticket: T; readonly ahead: number }[];
  /** When to look again at the latest. Null when nothing changes before a slot is released or somebody comes. */
  readonly wakeAtMs: number | null;
}

/**
 * Who goes next through the slots of a limit. Those with the least turns `behind` go first, counted from the turn that it was
 * when they came: however many readings an operation wants, it has one turn while every other that waits has one. Knows the
 * moment at which each will go, and so who cannot make its deadline. Pure: time is handed in, in milliseconds of one clock.
 */
export interface Line<T extends Ticket> {
  join(ticket: T, nowMs: number): void;
  leave(ticket: T): void;
  /**
   * Lets out who may go. `isHeldBack` keeps all but the urgent ones, for about one round trip as far as anybody can tell.
   */
  turn(nowMs: number, isHeldBack: boolean): Turn<T>;
  /** Lets nobody out before that moment. */
  closeUntil(untilMs: number): void;
  /** How many wait. */
  waiting(): number;
  /** How many slots are taken or held. */
  held(nowMs: number): number;
  /** How far apart calls leave on average when many wait, in milliseconds. */
  paceMs(): number;
  /** Whether nobody waits, nothing is under way and no slot is held. */
  idle(nowMs: number): boolean;
}

/** One who waits, at the best place that it has had in its lane. */
interface Waiting<T extends Ticket> extends Standing {
  readonly ticket: T;
  lane: number;
  turn: number;
  /** The turn that it was when its place was taken. */
  since: number;
  /** So many took their places before. */
  nth: number;
  isNew: boolean;
}

/** An interactive call that comes right after a background one should not have to wait for its slot. */
const sparedForInteractive = 1;

/** Makes an empty line. */
export function createLine<T extends Ticket>(options: LineOptions): Line<T> {
  const { requests, windowMs, maxWaiting, slots, roundTrip } = options;
  const waiting = new PassingMap<number, Waiting<T>>();
  const spared = Math.min(sparedForInteractive, requests - 1);
  let current = 0;
  let placesTaken = 0;
  /** Since when the others are held back, or since the urgent one is out that they are held back for. */
  let heldSinceMs = Number.POSITIVE_INFINITY;

  const laneOf = (place: Ticket['place']): number => lanes[place === 'urgent' ? place : place.lane];
  const turnOf = (place: Ticket['place']): number => (place === 'urgent' ? 0 : current + 1 + place.behind);

  /** A place that is taken later, by somebody who boards a flight that waits, counts from the turn that it is then. */
  function takePlace(each: Waiting<T>): void {
    const { place } = each.ticket;
    const lane = laneOf(place);
    const turn = turnOf(place);
    if (lane === each.lane && turn >= each.turn) return;
    each.lane = lane;
    each.turn = turn;
    each.since = current;
    each.nth = placesTaken++;
  }

  /** In the same turn whoever took its place first goes first. */
  function inOrder(): Waiting<T>[] {
    const all = waiting.values();
    all.forEach(takePlace);
    return all.sort((a, b) => a.lane - b.lane || a.turn - b.turn || a.nth - b.nth);
  }

  const mayGo = ({ lane }: Waiting<T>, isHeldBack: boolean): boolean => lane === lanes.urgent || !isHeldBack;
  const sparedBy = ({ lane }: Standing): number => (lane === lanes.background ? spared : 0);

  function letGo(nowMs: number, isHeldBack: boolean): { go: Going<T>[]; left: Waiting<T>[] } {
    const go: Going<T>[] = [];
    const left: Waiting<T>[] = [];
    for (const each of inOrder()) {
      const { ticket, lane, turn } = each;
      // What can go at once may, however slow calls are: else a slow spell could shut the line for good.
      const isReady = mayGo(each, isHeldBack) && nowMs < ticket.deadlineMs;
      const slot = isReady ? slots.take(nowMs, sparedBy(each)) : null;
      if (slot === null) {
        left.push(each);
        continue;
      }
      waiting.delete(ticket.number);
      go.push({ ticket, slot });
      if (lane === lanes.interactive) current = Math.max(current, turn);
      if (lane === lanes.urgent) heldSinceMs = nowMs;
    }
    return { go, left };
  }

  /** Until when all but the urgent ones wait for the call that they are held back for. */
  function heldUntil([first]: readonly Waiting<T>[], forecast: Forecast, nowMs: number): number {
    const goesMs = first?.lane === lanes.urgent ? forecast.next() : heldSinceMs;
    return Math.max(nowMs, goesMs + roundTrip.meanMs());
  }

  /** What a call is taken for. Who was let in is not sent away because calls have become a little less even. */
  const takesMs = ({ isNew }: Waiting<T>): number => (isNew ? roundTrip.mostMs() : roundTrip.meanMs());

  /** Who of those that wait will be let out in time, if each call takes as long as calls do, and who will not. */
  function lookAhead(all: readonly Waiting<T>[], nowMs: number, isHeldBack: boolean) {
    const forecast = slots.forecast(nowMs, roundTrip.meanMs());
    const heldUntilMs = isHeldBack ? heldUntil(all, forecast, nowMs) : nowMs;
    const staying: Waiting<T>[] = [];
    const startsMs: number[] = [];
    const hopeless: Waiting<T>[] = [];
    let places = maxWaiting;
    for (const each of all) {
      const isUrgent = each.lane === lanes.urgent;
      const startMs = isUrgent ? forecast.next() : Math.max(forecast.next(), heldUntilMs);
      if ((!isUrgent && places === 0) || startMs + takesMs(each) > each.ticket.deadlineMs) {
        hopeless.push(each);
        continue;
      }
      forecast.take(startMs);
      staying.push(each);
      startsMs.push(startMs);
      if (!isUrgent) places -= 1;
    }
    const nextMs = Math.max(forecast.next(), heldUntilMs);
    const mostMs = roundTrip.mostMs();
    const prospect: Prospect = { staying, startsMs, nextMs, mostMs, turn: current, maxWaiting };
    return { staying, hopeless, prospect };
  }

  /** Who of them would take a slot now. */
  function expectedBy(staying: readonly Waiting<T>[], isHeldBack: boolean): void {
    const ready = staying.filter((each) => mayGo(each, isHeldBack));
    const spare = ready.filter((each) => sparedBy(each) > 0).length;
    slots.expect({ first: ready.length - spare, spare, spared });
  }

  function newlyWaiting(staying: readonly Waiting<T>[]): Turn<T>['wait'] {
    const wait = staying
      .map(({ ticket, isNew }, ahead) => ({ ticket, ahead, isNew }))
      .filter(({ isNew }) => isNew);
    for (const each of staying) each.isNew = false;
    return wait;
  }

  return {
    join(ticket, nowMs) {
      const { number, place } = ticket;
      waiting.set(number, {
        ticket,
        lane: laneOf(place),
        turn: turnOf(place),
        since: current,
        nth: placesTaken++,
        patienceMs: Math.max(0, ticket.deadlineMs - nowMs),
        isNew: true,
      });
    },

    leave: ({ number }) => waiting.delete(number),

    turn(nowMs, isHeldBack) {
      heldSinceMs = isHeldBack ? Math.min(heldSinceMs, nowMs) : Number.POSITIVE_INFINITY;
      const { go, left } = letGo(nowMs, isHeldBack);
      if (left.length === 0) {
        expectedBy(left, isHeldBack);
        return { go, refused: [], wait: [], wakeAtMs: null };
      }
      const { staying, hopeless, prospect } = lookAhead(left, nowMs, isHeldBack);
      const refused = hopeless.map((each) => {
        waiting.delete(each.ticket.number);
        return { ticket: each.ticket, retryAfterMs: Math.max(1, letInAt(each, prospect, nowMs) - nowMs) };
      });
      expectedBy(staying, isHeldBack);
      return {
        go,
        refused,
        wait: newlyWaiting(staying),
        wakeAtMs: waiting.size === 0 ? null : slots.nextFreeAt(nowMs),
      };
    },

    closeUntil: slots.closeUntil,
    waiting: () => waiting.size,
    held: slots.held,
    paceMs: () => (roundTrip.meanMs() + windowMs) / requests,
    idle: (nowMs) => waiting.size === 0 && slots.idle(nowMs),
  };
}
