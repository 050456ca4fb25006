import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** Codes of faults in what a client sent. Their messages are written for it. */
const clientCodes: ReadonlySet<unknown> = new Set([
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * What a client sees of an error: its own faults with our words and without the values it sent, and nothing at all of ours
 * but that there was one.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = inputCode(error) ?? formatted.extensions?.code;
  if (!clientCodes.has(code))
    return {
      ...bare(formatted),
      message: 'Internal server error',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  return { ...bare(formatted), message: withoutValue(formatted.message), extensions: { code } };
}

/** The error of ours behind what a client is told of, without what graphql-js puts around it. Null when the client is at fault. */
export function bugIn(error: GraphQLError): Error | null {
  return clientCodes.has(inputCode(error) ?? error.extensions.code) ? null : (error.originalError ?? error);
}

/**
 * Answers a client that reads only `application/json` with 200 where its operation was refused: with that media type an HTTP status speaks
 * of the request, and the operation's faults are in `errors` alone (GraphQL over HTTP). All others are told 400.
 */
export const answerLegacyClients: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        if (response.http.status !== 400) return;
        const isRefused = errors?.every(({ extensions }) => operationCodes.has(extensions.code));
        if (isRefused && isOnlyJson(request.http?.headers.get('accept') ?? '')) response.http.status = 200;
      },
    };
  },
};

/** Codes of faults in an operation that came in a request without fault. */
const operationCodes: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

function isOnlyJson(accept: string): boolean {
  const accepted = accept.split(',').map((range) => range.split(';')[0]?.trim().toLowerCase());
  return accepted.includes('application/json') && !accepted.includes('application/graphql-response+json');
}

function bare({ locations, path }: GraphQLFormattedError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return { ...(locations && { locations }), ...(path && { path }) };
}

/** A literal that a scalar refused is bad input like a variable is, though it is found by validation. */
function inputCode(error: unknown): unknown {
  if (error instanceof Error && error.message === tooManyVariableErrors) return 'BAD_USER_INPUT';
  const original = unwrapResolverError(error);
  const refusal = original instanceof GraphQLError ? (original.originalError ?? original) : original;
  if (!(refusal instanceof Error) || !('extensions' in refusal)) return undefined;
  const { extensions } = refusal;
  return typeof extensions === 'object' && extensions !== null && 'code' in extensions
    ? extensions.code
    : undefined;
}

/** graphql-js reports its own limit as an error without a code. */
const tooManyVariableErrors = 'Too many errors processing variables, error limit reached. Execution aborted.';

/** The messages of graphql-js that quote a value, up to where they do: it may be a customer's ICCID. */
const quoting = [
  /^(Unknown operation named) /,
  /^(Expected value of type "[^"]*"), found /,
  /^(\w+ cannot represent [^:]*): /,
  /^(Syntax Error: (?:Unexpected|Expected .*, found) (?:String|BlockString|Int|Float)) /,
];

function withoutValue(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable !== undefined) return `Variable "$${variable}" has a value of the wrong type.`;
  const [, beginning] = quoting.map((pattern) => pattern.exec(message)).find((found) => found !== null) ?? [];
  return beginning === undefined ? message : `${beginning}.`;
}
