/** Why somebody is not answered. The message is written for whoever asked, and says nothing of why a token is not good. */
export abstract class AuthError extends Error {
  abstract readonly status: number;
  abstract readonly code: string;
  /** As `WWW-Authenticate` says what is missing (RFC 6750). Null where nothing is. */
  readonly challenge: string | null = null;
  /** When asking again makes sense. Null when it does not without another credential. */
  readonly retryAfterSeconds: number | null = null;
}

/** Nobody knows who asks. */
export class UnauthenticatedError extends AuthError {
  readonly status = 401;
  readonly code = 'UNAUTHENTICATED';
  override readonly challenge: string;

  /** The challenge names the scheme. */
  constructor(challenge: string) {
    super('The request does not say who asks in a way that is good here.');
    this.challenge = challenge;
  }
}

/** It is known who asks, and that this is not for them. */
export class ForbiddenError extends AuthError {
  readonly status = 403;
  readonly code = 'FORBIDDEN';
  override readonly challenge = 'Bearer error="insufficient_scope"';

  constructor() {
    super('The token does not have the scope for this.');
  }
}

/**
 * The provider's keys cannot be had, so no token can be told from another. A 500, because a caller with a good token must not take it for
 * a bad one, and routers repeat what is answered with 502, 503 or 504.
 */
export class KeysUnavailableError extends AuthError {
  readonly status = 500;
  readonly code = 'AUTHENTICATION_UNAVAILABLE';
  override readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('Who asks cannot be found out at present.');
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
