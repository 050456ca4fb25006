/** What a module holds at one moment: what its events do not tell. */
export interface EsimUsageState {
  /** The limit that all calls of the company share. */
  readonly company: {
    /** Most calls in any window. */
    readonly requests: number;
    /** The window, in milliseconds. */
    readonly windowMs: number;
    /** Of `requests`, how many are under way or ended within the window. */
    readonly held: number;
    /** How many calls wait for their turn. */
    readonly waiting: number;
    /** For how long the upstream has made it pause, in milliseconds. Null when it does not. */
    readonly pausedForMs: number | null;
  };
  /** `open` while nothing is sent, `half-open` while one call finds out whether the upstream is back. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Whether the processes of the company can be reached with which it shares its limits: `alone` where it shares them with none. */
  readonly fleet: 'alone' | 'reached' | 'lost';
  /** How old the token is, and for how long it is still used, in milliseconds. Null when there is none. */
  readonly token: { readonly ageMs: number; readonly leftMs: number } | null;
  readonly cache: {
    /** Of how many ICCIDs something is kept. */
    readonly entries: number;
    /** Most that are kept. */
    readonly maxEntries: number;
    /** For how long the upstream repeats a reply, and so for how long a reading is fresh, in milliseconds. */
    readonly freshMs: number;
    /** The most ICCIDs that the company's limit can keep fresh. */
    readonly mostFresh: number;
  };
}
