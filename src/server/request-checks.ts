import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendError } from './http-errors.js';

/** Browsers and proxies send some forty together. From 2,000 on Node would leave out the rest, and say nothing. */
const mostHeaders = 200;

/** Refuses what Node lets pass and two readers could understand in two ways, and closes: they may not agree where the next request begins. */
export function addRequestChecks(app: FastifyInstance): void {
  // Node would answer by itself, and in no form at all.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async (request, reply) => {
    const status = faultOf(request);
    if (status !== null) return sendError(reply.header('connection', 'close'), status);
  });
}

/** The status of what is wrong with the head of a request. Null when nothing is. */
function faultOf({ headers, raw }: FastifyRequest): number | null {
  const names = raw.rawHeaders.filter((_text, at) => at % 2 === 0).map((name) => name.toLowerCase());
  if (names.length > mostHeaders) return 431;
  const count = (wanted: string): number => names.filter((name) => name === wanted).length;
  const isOld = raw.httpVersion === '1.0';
  if (count('host') > 1 || (count('host') === 0 && !isOld)) return 400;
  // There are no chunks in HTTP/1.0: another reader would take them for the next request.
  if (isOld && headers['transfer-encoding'] !== undefined) return 400;
  if (count('authorization') > 1) return 400;
  if (count('content-type') > 1 || isEncoded(headers)) return 415;
  return isExpectation(headers.expect) ? null : 417;
}

/** Whether the body is compressed, on its way or in itself, or text in another character set than JSON's own. */
function isEncoded(headers: FastifyRequest['headers']): boolean {
  const charsets = [...(headers['content-type'] ?? '').matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)];
  return (
    (headers['content-encoding'] ?? 'identity') !== 'identity' ||
    (headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked' ||
    charsets.some(([, charset = '']) => charset.toLowerCase() !== 'utf-8')
  );
}

/** Whether there is none, or the only one that there is. */
function isExpectation(expected = '100-continue'): boolean {
  return expected.toLowerCase() === '100-continue';
}
