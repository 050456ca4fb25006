import type { OperationEnded } from '../events.js';
import { secondsTo } from './buckets.js';
import type { Meters } from './meters.js';
import { statusClasses, statusClassOf } from './status-class.js';

/** Codes of the first error of an answer. Any other is `other`: a code could come from a host's own code. */
export const errorCodes = [
  'AUTHENTICATION_UNAVAILABLE',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_IN_LIST',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'QUERY_NOT_IN_SAFELIST',
  'UNAUTHENTICATED',
] as const;
const outcomes = ['ok', ...errorCodes, 'other', 'abandoned'] as const;
const statuses = [...statusClasses, 'none'] as const;
type Outcome = (typeof outcomes)[number];

/** Counts how requests for GraphQL end. */
export function countRequests(meters: Meters): (event: OperationEnded) => void {
  const ended = meters.counter(
    'requests_total',
    'Requests for GraphQL that have ended, by outcome (ok, the code of the first error, other, or abandoned by the client) and by the class of the HTTP status.',
    { outcome: outcomes, status: statuses },
  );
  const took = meters.histogram(
    'request_duration_seconds',
    'From the arrival of a request for GraphQL to the end of its answer. Abandoned requests are not in it.',
    {},
    secondsTo.deadline,
  )({});

  const counts = new Map(
    outcomes.map((outcome) => [
      outcome,
      new Map(statuses.map((status) => [status, ended({ outcome, status })])),
    ]),
  );

  return (event) => {
    const { status, tookMs } = event;
    counts.get(outcomeOf(event))?.get(status === null ? 'none' : statusClassOf(status))?.();
    if (status !== null) took(tookMs);
  };
}

function outcomeOf({ status, code }: OperationEnded): Outcome {
  if (status === null) return 'abandoned';
  // What was refused before anybody looked for GraphQL in it has no code.
  if (code === null) return status < 400 ? 'ok' : 'other';
  return errorCodes.find((known) => known === code) ?? 'other';
}
