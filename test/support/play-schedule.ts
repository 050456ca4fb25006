import { createLine, type Ticket, type Turn } from '../../src/scheduler/line.js';
import { createRoundTrip, type RoundTrip } from '../../src/scheduler/round-trip.js';
import type { Slot } from '../../src/scheduler/slots.js';
import { createSlots } from '../../src/scheduler/slots.js';
import { createAgenda } from './agenda.js';
import { mostInAnyWindow } from './most-in-any-window.js';
import { type Ask, arrivalOf, heldMs, type Schedule } from './schedules.js';

/** What came of a schedule. */
export interface Played {
  /** What must never be, in words. */
  readonly faults: readonly string[];
  /** In the order of the asks. */
  readonly passed: readonly Passed[];
  readonly mostArrivals: number;
}

/** What came of one ask. Moments are in virtual time, null where there was none. */
export interface Passed {
  readonly ask: Ask;
  readonly wentMs: number | null;
  readonly refusedMs: number | null;
  /** Counted from then. */
  readonly retryAfterMs: number | null;
}

/** One who waits, or has waited. */
interface Passing extends Ticket {
  readonly ask: Ask;
  deadlineMs: number;
  place: Ticket['place'];
  /** What its place was at the last turn. */
  lane: number;
  state: 'waiting' | 'gone' | 'refused' | 'left';
  wentMs: number | null;
  refusedMs: number | null;
  retryAfterMs: number | null;
}

const lanes = { urgent: 0, interactive: 1, background: 2 };
const laneOf = ({ place }: Ticket): number => lanes[place === 'urgent' ? place : place.lane];

/** First what happens, then whoever looks at all that has happened in one moment, and last whether it is as it should be. */
const ranks = { event: 0, turn: 1, audit: 2 };

/**
 * Lets a line meet a schedule, without promises and clocks, and keeps its own books of what it must and must not do. What calls
 * take is measured, unless it is said.
 */
export function playSchedule(schedule: Schedule, roundTrip: RoundTrip = createRoundTrip()): Played {
  const { requests, windowMs } = schedule;
  const line = createLine<Passing>({ ...schedule, roundTrip, slots: createSlots(requests, windowMs) });
  const agenda = createAgenda();
  const spared = Math.min(1, requests - 1);
  const waiting = new Set<Passing>();
  /** Until when the slots are held that are not free. */
  const heldUntilMs = new Map<Passing, number>();
  const arrivals: number[] = [];
  const faults = new Set<string>();
  let closedUntilMs = 0;
  let holders = 0;
  let turns = 0;
  let isTurnDue = false;

  function free(): number {
    for (const [passing, untilMs] of heldUntilMs) if (untilMs <= agenda.nowMs()) heldUntilMs.delete(passing);
    return requests - heldUntilMs.size;
  }

  function couldGo({ deadlineMs }: Passing, lane: number): boolean {
    if (agenda.nowMs() < closedUntilMs || agenda.nowMs() >= deadlineMs) return false;
    if (holders > 0 && lane !== lanes.urgent) return false;
    return free() > (lane === lanes.background ? spared : 0);
  }

  function settle(passing: Passing, state: Passing['state']): void {
    if (passing.state !== 'waiting') faults.add(`${passing.state} and then ${state}`);
    passing.state = state;
    waiting.delete(passing);
  }

  function turn(): void {
    const nowMs = agenda.nowMs();
    turns += 1;
    const thisTurn = turns;
    const { go, refused, wakeAtMs } = line.turn(nowMs, holders > 0);
    for (const { ticket, slot } of go) send(ticket, slot);
    for (const { ticket, retryAfterMs } of refused) refuse(ticket, retryAfterMs);
    for (const passing of waiting) passing.lane = laneOf(passing);
    findOvertaken(go);
    if (wakeAtMs === null) return;
    if (wakeAtMs <= nowMs) faults.add('woken again and again');
    else agenda.at(wakeAtMs, ranks.event, () => thisTurn === turns && turn());
  }

  /** Once for all who come or leave at the same time. */
  function turnSoon(): void {
    if (isTurnDue) return;
    isTurnDue = true;
    agenda.at(agenda.nowMs(), ranks.turn, () => {
      isTurnDue = false;
      turn();
    });
  }

  function findOvertaken(go: Turn<Passing>['go']): void {
    const last = Math.max(...go.map(({ ticket }) => laneOf(ticket)));
    for (const { lane, deadlineMs } of waiting)
      if (lane < last && agenda.nowMs() < deadlineMs) faults.add('overtaken by a lane behind');
  }

  function send(passing: Passing, slot: Slot): void {
    const { ask } = passing;
    const nowMs = agenda.nowMs();
    if (!couldGo(passing, laneOf(passing))) faults.add('let out when it must not be');
    settle(passing, 'gone');
    passing.wentMs = nowMs;
    heldUntilMs.set(passing, Number.POSITIVE_INFINITY);
    const arrivalMs = arrivalOf(ask, nowMs);
    if (arrivalMs !== null) arrivals.push(arrivalMs);
    agenda.at(nowMs + ask.outMs + ask.backMs, ranks.event, () => end(passing, slot));
  }

  function end(passing: Passing, slot: Slot): void {
    const { ending, outMs, backMs } = passing.ask;
    if (ending === 'answered' || ending === 'failed') roundTrip.measured(outMs + backMs);
    const freeAtMs = agenda.nowMs() + heldMs(ending, windowMs);
    heldUntilMs.set(passing, freeAtMs);
    slot.releaseAt(freeAtMs);
    agenda.at(freeAtMs, ranks.audit, audit);
    turn();
  }

  function refuse(passing: Passing, retryAfterMs: number): void {
    if (couldGo(passing, laneOf(passing))) faults.add('refused when it could go');
    if (!(retryAfterMs >= 1)) faults.add('told to come back at once');
    settle(passing, 'refused');
    passing.refusedMs = agenda.nowMs();
    passing.retryAfterMs = retryAfterMs;
  }

  function audit(): void {
    const nowMs = agenda.nowMs();
    for (const passing of waiting)
      if (couldGo(passing, passing.lane)) faults.add('kept waiting while a slot is free');
    const isIdle = waiting.size === 0 && free() === requests && nowMs >= closedUntilMs;
    if (isIdle !== line.idle(nowMs)) faults.add(isIdle ? 'never idle' : 'idle with something to do');
  }

  function come(passing: Passing): void {
    const { atMs, leavesAfterMs, change } = passing.ask;
    waiting.add(passing);
    line.join(passing, atMs);
    turnSoon();
    agenda.at(atMs, ranks.audit, audit);
    if (leavesAfterMs !== null) agenda.at(atMs + leavesAfterMs, ranks.event, () => leave(passing));
    if (change === null) return;
    agenda.at(atMs + change.afterMs, ranks.event, () => {
      passing.place = change.place;
      passing.deadlineMs += change.laterMs;
    });
  }

  function leave(passing: Passing): void {
    if (passing.state !== 'waiting') return;
    settle(passing, 'left');
    line.leave(passing);
    turnSoon();
  }

  const passings = schedule.asks.map(
    (ask, number): Passing => ({
      number,
      ask,
      deadlineMs: ask.atMs + ask.patienceMs,
      place: ask.place,
      lane: lanes.background,
      state: 'waiting',
      wentMs: null,
      refusedMs: null,
      retryAfterMs: null,
    }),
  );
  for (const passing of passings) agenda.at(passing.ask.atMs, ranks.event, () => come(passing));
  for (const { atMs, forMs } of schedule.pauses) {
    agenda.at(atMs, ranks.event, () => {
      closedUntilMs = Math.max(closedUntilMs, atMs + forMs);
      line.closeUntil(atMs + forMs);
      turn();
    });
    agenda.at(atMs + forMs, ranks.audit, audit);
  }
  for (const { atMs, forMs } of schedule.heldBack) {
    agenda.at(atMs, ranks.event, () => {
      holders += 1;
    });
    agenda.at(atMs + forMs, ranks.event, () => {
      holders -= 1;
      turn();
    });
    agenda.at(atMs + forMs, ranks.audit, audit);
  }
  agenda.run();

  if (waiting.size > 0) faults.add('waits for ever');
  const mostArrivals = mostInAnyWindow(arrivals, windowMs);
  if (mostArrivals > requests) faults.add('too many in a window');
  return { faults: [...faults], passed: passings, mostArrivals };
}

/** What calls take, if they all take the same and that is known. */
export function steadyRoundTrip(tookMs: number): RoundTrip {
  return { measured: () => undefined, meanMs: () => tookMs, mostMs: () => tookMs };
}
