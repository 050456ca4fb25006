import type { DocumentNode } from 'graphql';

/**
 * An operation with the types of its result and its variables, as Apollo Client, urql and all others understand it that know
 * `TypedDocumentNode`.
 */
export interface TypedDocument<Result, Variables> extends DocumentNode {
  /** Carries the types. Never there. */
  readonly __apiType?: (variables: Variables) => Result;
}
