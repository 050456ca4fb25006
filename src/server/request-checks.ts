import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendError } from './http-errors.js';

/** Refuses what Node lets pass and two readers could understand in two ways. */
export function addRequestChecks(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const hosts = request.raw.rawHeaders.filter((text, at) => at % 2 === 0 && /^host$/i.test(text));
    if (hosts.length > 1) return sendError(reply, 400);
    if (isEncoded(request)) return sendError(reply, 415);
  });
}

/** Whether the body is compressed, or text in another character set than JSON's own. */
function isEncoded({ headers }: FastifyRequest): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '') ?? [];
  return (headers['content-encoding'] ?? 'identity') !== 'identity' || charset.toLowerCase() !== 'utf-8';
}
