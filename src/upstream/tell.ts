import type { Clock } from '../clock.js';
import { UpstreamError, type UpstreamFault } from '../errors.js';
import type { Http, HttpReply, HttpRequest } from './http.js';

/** Where it is told how a call ended: exactly one of the two, once. */
export interface CallEnd {
  /** A whole answer came. */
  replied(status: number, tookMs: number): void;
  /** None did. */
  lost(fault: UpstreamFault): void;
}

/** Sends as `http` does, and tells how that ended. */
export async function sendAndTell(
  http: Http,
  request: HttpRequest,
  clock: Clock,
  end: CallEnd,
): Promise<HttpReply> {
  const sentAtMs = clock.now();
  try {
    const reply = await http.send(request);
    end.replied(reply.status, clock.now() - sentAtMs);
    return reply;
  } catch (error) {
    if (error instanceof UpstreamError) end.lost(error.fault);
    throw error;
  }
}
