import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from './route.js';

/** One request as it arrived, whatever it was. */
export interface Arrival extends Route {
  /** `performance.now()`, milliseconds, when the request's head had arrived. */
  readonly atMs: number;
  /** Empty when the bytes were not HTTP. */
  readonly method: string;
  /** The request target exactly as it stood on the request line; empty when there was none. */
  readonly path: string;
  /** Names in lower case; empty when the bytes were not HTTP. */
  readonly headers: IncomingHttpHeaders;
  /** The status answered; null until then, and for good when the answer had no head. */
  status: number | null;
}

/** The newest arrivals, oldest first. */
export interface ArrivalLog {
  /** The same array for the log's whole life. */
  readonly arrivals: readonly Arrival[];
  /** Records a request whose head has just arrived, as what its route says. */
  record(request: Pick<Arrival, 'method' | 'path' | 'headers'>, route: Route): Arrival;
}

/** An empty log that never holds more than `keepArrivals`. */
export function createArrivalLog(keepArrivals: number): ArrivalLog {
  const arrivals: Arrival[] = [];

  return {
    arrivals,
    record(request, route) {
      // A tenth goes at once: dropping one per arrival would move the whole array each time.
      if (arrivals.length >= keepArrivals) arrivals.splice(0, Math.ceil(keepArrivals / 10));
      const arrival: Arrival = { atMs: performance.now(), ...request, ...route, status: null };
      arrivals.push(arrival);
      return arrival;
    },
  };
}
