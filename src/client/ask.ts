import type { TypedDocument } from './typed-document.js';

/** As much of `fetch` as is needed. */
export type Fetch = (
  url: string,
  request: {
    readonly method: 'POST';
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly signal?: AbortSignal;
  },
) => Promise<{ readonly status: number; json(): Promise<unknown> }>;

export interface AskOptions {
  /** @default the global one */
  readonly fetch?: Fetch;
  /** Headers besides those of GraphQL, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer by the GraphQL specification. `data` is null or missing only beside `errors`. */
export interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** The body of a request, for those who send it themselves. */
export function bodyOf<Variables>(document: TypedDocument<unknown, Variables>, variables: Variables): string {
  return JSON.stringify({ query: document.loc?.source.body, variables });
}

/**
 * Asks a GraphQL endpoint by plain `fetch`. Rejects as `fetch` does, and with an `Error` that has the HTTP status when what comes back is
 * not GraphQL's: a proxy's page, say.
 */
export async function ask<Result, Variables>(
  url: string,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  { fetch = globalThis.fetch, headers, signal }: AskOptions = {},
): Promise<Answer<Result>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: bodyOf(document, variables),
    ...(signal !== undefined && { signal }),
  });
  const answer = await response.json().catch(() => null);
  if (!isAnswer<Result>(answer)) throw new Error(`The answer is not GraphQL's: HTTP ${response.status}.`);
  return answer;
}

/** Whether something has the form of an answer. What is in `data` is the server's word. */
function isAnswer<Result>(value: unknown): value is Answer<Result> {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}
