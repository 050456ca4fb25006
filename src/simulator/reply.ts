/** A complete, well-formed answer. */
export interface WholeReply {
  readonly kind: 'whole';
  readonly status: number;
  /** A `content-length` given here is sent as it is, even when the body has another length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Milliseconds from the request's arrival to the answer. @default the simulator's `latencyMs` */
  readonly delayMs?: number;
}

/** The same answer: the head at once, then the body byte by byte. */
export interface TrickledReply extends Omit<WholeReply, 'kind'> {
  readonly kind: 'trickled';
  /** Milliseconds before each byte of the body. */
  readonly everyMs: number;
}

/** The same answer, broken off. */
export interface BrokenReply extends Omit<WholeReply, 'kind'> {
  readonly kind: 'broken';
  /** How much is sent: nothing, only the head, or the head and the first half of the body. */
  readonly after: 'nothing' | 'head' | 'half';
  /**
   * How it ends: `hang` sends no more and keeps the connection open, `reset` ends it with a TCP RST,
   * `close` in good order (FIN), which leaves the answer shorter than its `content-length`.
   */
  readonly end: 'hang' | 'reset' | 'close';
}

/** Bytes of the test's own choice, not necessarily HTTP, after which the connection is closed. */
export interface RawReply {
  readonly kind: 'raw';
  readonly bytes: string | Buffer;
  /** Milliseconds from the request's arrival to the answer. @default the simulator's `latencyMs` */
  readonly delayMs?: number;
}

/** What the simulator puts on the wire. Each misbehaviour spreads a whole reply and says what goes wrong. */
export type Reply = WholeReply | TrickledReply | BrokenReply | RawReply;

/** A whole reply with a JSON body. */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): WholeReply {
  return {
    kind: 'whole',
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** What the upstream says to an ICCID it does not know (Airalo Partner API documentation), and here to any other path (inferred). */
export function notFound(): WholeReply {
  return jsonReply(404, { data: [], meta: { message: 'messages.resource_not_found' } });
}
