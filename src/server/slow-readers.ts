import type { FastifyInstance, FastifyReply } from 'fastify';

/** Drops a client that does not take its answer within `withinMs`: both, and the connection, would be kept for as long as it likes. */
export function dropSlowReaders(app: FastifyInstance, withinMs: number): void {
  app.addHook('onSend', async (_request, { raw }) => {
    // An answer before this one may still be awaited on the same connection.
    if (raw.socket) limit(raw, withinMs);
    else raw.once('socket', () => limit(raw, withinMs));
  });
}

function limit(raw: FastifyReply['raw'], withinMs: number): void {
  const timer = setTimeout(() => raw.destroy(), withinMs);
  raw.once('close', () => clearTimeout(timer));
}
