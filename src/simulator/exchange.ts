import type { Arrival } from './arrival.js';
import type { Reply, WholeReply } from './reply.js';

/** One request, and the answer that is about to be sent. */
export interface Exchange {
  readonly arrival: Arrival;
  /** The request's body, cut off after 64 KiB; empty when it had none. */
  readonly body: string;
  /** The simulator's own answer. */
  readonly reply: WholeReply;
}

/**
 * Bends a single answer: what it returns is sent instead, undefined leaves the simulator's own.
 * When it throws or rejects, the connection is reset and `close()` of the simulator rejects with that error.
 */
export type Intercept = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>;
