import { createHash, timingSafeEqual } from 'node:crypto';
import { UnauthenticatedError } from './errors.js';
import type { SharedSecretSettings } from './settings.js';
import { type Authentication, allSeeing } from './viewer.js';

/** Takes whoever sends one of the secrets. How long it takes to refuse says nothing of what was sent. */
export function createSharedSecret({ header, secrets }: SharedSecretSettings): Authentication {
  const digests = secrets.map(digestOf);

  return {
    header,
    async authenticate(headers) {
      const given = headers[header];
      const digest = digestOf(typeof given === 'string' ? given : '');
      // All of them, whichever it is.
      const matches = digests.map((known) => timingSafeEqual(known, digest));
      if (!matches.includes(true)) throw new UnauthenticatedError('Secret');
      return allSeeing;
    },
  };
}

/** Of one length, whatever the text's is. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
