import type { Answer } from './start-gateway.js';

/** Asks for one eSIM, and for what the answers here tell of it. */
export const readOne = `query ($iccid: ICCID!) {
  esimUsage(iccid: $iccid) {
    ... on EsimUsage { iccid status freshness { staleReason } }
    ... on EsimUsageProblem { requestedIccid code message retryAfterSeconds }
  }
}`;

const messages = {
  NOT_FOUND: 'No eSIM with this ICCID is known.',
  THROTTLED: 'The limits of the eSIM provider leave no room for this reading in time.',
  TIMED_OUT: 'The eSIM provider did not answer in time.',
  UNAVAILABLE: 'The eSIM provider cannot be read at present.',
};

/** The answer that says so much of an eSIM that there is a problem with. */
export function problem(
  iccid: string,
  code: keyof typeof messages,
  retryAfterSeconds: number | null,
): Answer {
  return answerOf({ requestedIccid: iccid, code, message: messages[code], retryAfterSeconds });
}

/** The same of one that is read. */
export function reading(iccid: string, staleReason: string | null = null, status = 'ACTIVE'): Answer {
  return answerOf({ iccid, status, freshness: { staleReason } });
}

function answerOf(esimUsage: unknown): Answer {
  return { status: 200, body: { data: { esimUsage } } };
}
