import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthError } from '../auth/errors.js';
import { noteOf } from './operations.js';

/** The largest query that is read: fifty ICCIDs with every field take about 3 KB. */
export const maxBodyBytes = 100 * 1024;

const internalError = ['Internal server error', 'INTERNAL_SERVER_ERROR'] as const;
/** By their HTTP statuses. */
export const errorReplies: Readonly<Record<number, readonly [message: string, code: string]>> = {
  400: ['The request cannot be read: expected a JSON object with a `query`.', 'BAD_REQUEST'],
  404: ['There is nothing here.', 'NOT_FOUND'],
  408: ['The request did not arrive in time.', 'REQUEST_TIMEOUT'],
  413: [`The request is larger than ${maxBodyBytes / 1024} KB.`, 'PAYLOAD_TOO_LARGE'],
  415: ['The request is not application/json in plain UTF-8.', 'UNSUPPORTED_MEDIA_TYPE'],
  417: ['Nothing can be expected but 100-continue.', 'EXPECTATION_FAILED'],
  431: ['The address and the headers of the request are too long, or too many.', 'HEADERS_TOO_LARGE'],
};

/** Answers everything that goes wrong before GraphQL in its form, with our words only. */
export function addErrorReplies(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404));
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
    // The integration builds a URL from the Host header, which can be anything.
    const status = error.code === 'ERR_INVALID_URL' ? 400 : (error.statusCode ?? 500);
    if (status >= 500) noteOf(request).bug = error;
    return sendError(reply, status);
  });
}

/** Answers with the error of a status: as a bad request where a status of the client's has none of its own. */
export function sendError(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(errorOf(status));
}

/** Refuses an operation. */
export function sendRefusal(reply: FastifyReply, message: string, code: string): FastifyReply {
  return reply
    .code(400)
    .header('cache-control', 'no-store')
    .send(errorBody([message, code]));
}

/** Answers somebody who is not let in. */
export function sendAuthError(reply: FastifyReply, error: AuthError): FastifyReply {
  const { status, code, message, challenge, retryAfterSeconds } = error;
  if (challenge !== null) reply.header('www-authenticate', challenge);
  const extensions = { code, ...(retryAfterSeconds !== null && { retryAfterSeconds }) };
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ errors: [{ message, extensions }] });
}

/** What a route does for methods that it does not have: before it looks at a body, which would be another fault. */
export function notAllowed(
  allowed: string,
  message: string,
): { readonly onRequest: Refuse; readonly handler: Refuse } {
  const refuse: Refuse = async (_request, reply) =>
    reply
      .header('allow', allowed)
      .code(405)
      .send(errorBody([message, 'METHOD_NOT_ALLOWED']));
  return { onRequest: refuse, handler: refuse };
}
type Refuse = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

const parserStatuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what Node could not read as HTTP, and closes the connection: nobody knows where its next request begins. */
export function refuseConnection({ code = '' }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = parserStatuses[code] ?? 400;
  const body = JSON.stringify(errorOf(status));
  const answer = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ];
  socket.end(answer.join('\r\n'), () => socket.destroy());
}

interface ErrorBody {
  readonly errors: readonly [{ readonly message: string; readonly extensions: { readonly code: string } }];
}

function errorOf(status: number): ErrorBody {
  return errorBody(errorReplies[status] ?? (status < 500 ? errorReplies[400] : undefined) ?? internalError);
}

function errorBody([message, code]: readonly [message: string, code: string]): ErrorBody {
  return { errors: [{ message, extensions: { code } }] };
}
