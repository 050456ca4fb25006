import type { UsageError } from './errors.js';
import type { EsimUsageProblemCode } from './generated/enums.js';
import type { Iccid } from './iccid.js';
import type { UsageProblem } from './usage.js';

/** All that a client is ever told of a fault: no upstream text, address or token can pass. */
const messages: Readonly<Record<EsimUsageProblemCode, string>> = {
  INVALID_ICCID: 'An ICCID is a string of 15 to 22 digits.',
  NOT_FOUND: 'No eSIM with this ICCID is known.',
  THROTTLED: 'The limits of the eSIM provider leave no room for this reading in time.',
  TIMED_OUT: 'The eSIM provider did not answer in time.',
  UNAVAILABLE: 'The eSIM provider cannot be read at present.',
};

/** When to come back from a fault that passes, but that nobody can date. */
const undatedRetryMs = 1_000;

/** The problem of a text that is no ICCID. The text is not repeated. */
export function invalidIccid(): UsageProblem {
  return problem('INVALID_ICCID', null, null);
}

/** What a client sees of an error. */
export function problemOf(iccid: Iccid, error: UsageError): UsageProblem {
  if (error.code === 'NOT_FOUND') return problem(error.code, iccid, null);
  const retryAfterMs = error.retryAfterMs ?? undatedRetryMs;
  return problem(error.code, iccid, Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}

function problem(
  code: EsimUsageProblemCode,
  iccid: Iccid | null,
  retryAfterSeconds: number | null,
): UsageProblem {
  return { kind: 'problem', iccid, code, message: messages[code], retryAfterSeconds };
}
