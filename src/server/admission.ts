import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../auth/errors.js';
import type { Authentication, Viewer } from '../auth/viewer.js';
import { sendAuthError } from './http-errors.js';
import { noteOf } from './operations.js';

const viewers = new WeakMap<FastifyRequest, Viewer>();

/** Who sent a request that was let in. */
export function viewerOf(request: FastifyRequest): Viewer | undefined {
  return viewers.get(request);
}

/** Lets in whoever may ask, before anything else of the request is looked at. */
export function createAdmission({ header, authenticate }: Authentication) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    // Whoever keeps answers must not give one to somebody who could not have asked for it.
    if (header !== null) reply.header('vary', header);
    try {
      viewers.set(request, await authenticate(request.headers));
      return undefined;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      noteOf(request).code = error.code;
      return sendAuthError(reply, error);
    }
  };
}
