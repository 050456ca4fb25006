import type { FastifyInstance, FastifyReply } from 'fastify';

/** As slow as a network may be that somebody reads the pages over: 64 KB a second. */
const slowestBytesPerMs = 64;

/**
 * Drops a client that does not take its answer within `withinMs`, and what a slow network needs for its size: both, and the connection,
 * would be kept for as long as it likes.
 */
export function dropSlowReaders(app: FastifyInstance, withinMs: number): void {
  app.addHook('onSend', async (_request, { raw }, payload) => {
    const forMs = withinMs + slowestMs(typeof payload === 'string' ? Buffer.byteLength(payload) : 0);
    // An answer before this one may still be awaited on the same connection.
    if (raw.socket) limit(raw, forMs);
    else raw.once('socket', () => limit(raw, forMs));
  });
}

/** What the slowest network needs for so much, in milliseconds. */
export function slowestMs(bytes: number): number {
  return bytes / slowestBytesPerMs;
}

/** Drops whoever has not taken an answer by then. */
export function limit(raw: FastifyReply['raw'], forMs: number): void {
  const timer = setTimeout(() => raw.destroy(), forMs);
  raw.once('close', () => clearTimeout(timer));
}
