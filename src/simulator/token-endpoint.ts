import type { Arrival } from './arrival.js';
import type { RateLimit } from './rate-limit.js';
import { jsonReply, type WholeReply } from './reply.js';
import type { Tokens } from './tokens.js';

/** `POST /v2/token`. The request counts when it is called, its body may still be arriving. */
export type TokenEndpoint = (arrival: Arrival, body: Promise<string>, nowMs: number) => Promise<WholeReply>;

export interface TokenEndpointOptions {
  clientId: string;
  clientSecret: string;
  /** What a new token's `expires_in` says, in seconds. */
  tokenLifetimeSeconds: number;
  limit: RateLimit;
  tokens: Tokens;
}

/** Answers as in the Airalo Partner API documentation; the order of its checks is inferred. */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { clientId, clientSecret, tokenLifetimeSeconds, limit, tokens } = options;

  return async (arrival, body, nowMs) => {
    const refusal = limit.hit('token', nowMs);
    if (refusal) return refusal;

    const form = readForm(arrival, await body);
    if (form.get('client_id') !== clientId) {
      return invalidParameter('client_id', 'The selected client id is invalid.');
    }
    if (form.get('grant_type') !== 'client_credentials') {
      // Inferred: only the client id's refusal is documented.
      return invalidParameter('grant_type', 'The selected grant type is invalid.');
    }
    if (form.get('client_secret') !== clientSecret) {
      return jsonReply(401, { data: [], meta: { message: 'Client authentication failed' } });
    }
    return jsonReply(200, {
      data: {
        token_type: 'Bearer',
        expires_in: tokenLifetimeSeconds,
        access_token: tokens.issue(nowMs),
      },
      meta: { message: 'success' },
    });
  };
}

function readForm({ headers }: Arrival, body: string): URLSearchParams {
  const isForm = /^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? '');
  return new URLSearchParams(isForm ? body : '');
}

function invalidParameter(name: string, message: string): WholeReply {
  return jsonReply(422, { data: { [name]: message }, meta: { message: 'the parameter is invalid' } });
}
