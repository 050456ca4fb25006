import type { JSONWebKeySet } from 'jose';

/** Who may ask. */
export type AuthSettings = { readonly kind: 'none' } | SharedSecretSettings | BearerSettings;

/** Whoever sends one of these secrets: a router, on behalf of its own callers. */
export interface SharedSecretSettings {
  readonly kind: 'secret';
  /** By its name in lower case. */
  readonly header: string;
  /** More than one while they are being replaced. */
  readonly secrets: readonly string[];
}

/** Whoever sends a JSON Web Token that a provider has signed. */
export interface BearerSettings {
  readonly kind: 'jwt';
  /** Where the provider's public keys are, or the keys themselves as a JSON Web Key Set. */
  readonly keys: URL | JSONWebKeySet;
  readonly issuer: string;
  readonly audience: string;
  /** By how much the provider's clock may differ. */
  readonly clockToleranceSeconds: number;
  /** Sets of scopes: a token must have all of any one. With none of them every token will do. */
  readonly scopes: readonly (readonly string[])[];
  /** The claim that lists the eSIMs which the token's holder may see. Null when it may see all. */
  readonly iccidsClaim: string | null;
}

/** Whether callers see different eSIMs, by what their tokens list. */
export function seesByToken(settings: AuthSettings): boolean {
  return settings.kind === 'jwt' && settings.iccidsClaim !== null;
}
