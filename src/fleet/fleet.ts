import type { Clock } from '../clock.js';
import type { Report } from '../events.js';
import type { Slots } from '../scheduler/slots.js';
import type { UsageReading, UsageSource } from '../usage.js';

/** What a fleet must know of the module that is part of it. All its members are to be told the same. */
export interface FleetSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl: string;
  readonly sandbox: boolean;
  readonly companyRequests: number;
  readonly companyWindowMs: number;
  readonly iccidRequests: number;
  readonly iccidWindowMs: number;
  readonly tokenRequests: number;
  readonly tokenWindowMs: number;
  readonly quietStartMs: number;
  readonly callTimeoutMs: number;
  readonly staleMs: number;
  readonly notFoundMs: number;
  readonly clock: Clock;
  readonly report: Report;
}

/** Joins the fleet of a company. */
export type JoinFleet = (settings: FleetSettings) => Fleet;

/** What the processes of one company share, as one of them sees it. */
export interface Fleet {
  /** The module's clock, with the calendar that all of them go by. */
  readonly clock: Clock;
  /** The company's limit. `onChange` is called when a slot may be had. */
  slots(onChange: () => void): Slots;
  /**
   * Looks first at what the others have read, and waits for what they are reading. `onOld` is told of a reading that is not fresh any more, before a new
   * one is asked for.
   */
  share(source: UsageSource, onOld: (reading: UsageReading) => void): UsageSource;
  /** Reads when it is a call's turn, and when nobody else does: within each ICCID's limit, for all. Rejects with an `ElsewhereError` otherwise. */
  inTurn(source: UsageSource): UsageSource;
  /** A token other than this one, which is of no more use: one that another process has, or else what `fetch` brings. */
  shareToken(fetch: () => Promise<NewToken>, unwanted: string | null): Promise<NewToken>;
  /** Whether what is shared can be reached, if anything is. */
  state(): FleetState;
  /** Lets go of everything. */
  close(): Promise<void>;
}

export type FleetState = 'alone' | 'reached' | 'lost';

/** A token, and for how long it lasts, in milliseconds. */
export interface NewToken {
  readonly value: string;
  readonly forMs: number;
}
