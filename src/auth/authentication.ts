import { createBearer } from './bearer.js';
import type { KeySetOptions } from './key-set.js';
import type { AuthSettings } from './settings.js';
import { createSharedSecret } from './shared-secret.js';
import { type Authentication, allSeeing } from './viewer.js';

/** Takes everybody. */
export const openToAll: Authentication = {
  header: null,
  authenticate: async () => allSeeing,
  recognise: () => allSeeing,
};

/** Makes what the settings ask for. */
export function createAuthentication(settings: AuthSettings, options: KeySetOptions): Authentication {
  if (settings.kind === 'none') return openToAll;
  return settings.kind === 'secret' ? createSharedSecret(settings) : createBearer(settings, options);
}
