import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { UnauthenticatedError } from './errors.js';
import type { SharedSecretSettings } from './settings.js';
import { type Authentication, allSeeing, type Viewer } from './viewer.js';

/** Takes whoever sends one of the secrets. How long it takes to refuse says at most how long they are, and nothing of what is in them. */
export function createSharedSecret({ header, secrets }: SharedSecretSettings): Authentication {
  const known = secrets.map((secret) => Buffer.from(secret));

  function recognise(headers: IncomingHttpHeaders): Viewer | null {
    const value = headers[header];
    const given = Buffer.from(typeof value === 'string' ? value : '');
    // All of them, whichever it is.
    const matches = known.map((secret) => secret.length === given.length && timingSafeEqual(secret, given));
    return matches.includes(true) ? allSeeing : null;
  }

  return {
    header,
    recognise,
    async authenticate(headers) {
      const viewer = recognise(headers);
      if (viewer === null) throw new UnauthenticatedError('Secret');
      return viewer;
    },
  };
}
