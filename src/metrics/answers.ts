import type { AnswerKind } from '../events.js';
import { EsimUsageProblemCode, EsimUsageStaleReason } from '../generated/enums.js';
import type { Meters } from './meters.js';

const answerKinds = [
  'cache',
  'upstream',
  ...Object.values(EsimUsageStaleReason).map((reason) => `stale ${reason}` as const),
  ...Object.values(EsimUsageProblemCode).map((code) => `problem ${code}` as const),
] satisfies AnswerKind[];

/** Counts what operations are answered. */
export function countAnswers(meters: Meters): (answer: AnswerKind) => void {
  const answered = meters.counter(
    'answers_total',
    'Answers for one ICCID each: a reading from the cache or from the upstream, an old one (stale) by its reason, or a problem by its code.',
    { answer: answerKinds },
  );
  const counts = new Map<AnswerKind, () => void>(answerKinds.map((answer) => [answer, answered({ answer })]));
  return (answer) => counts.get(answer)?.();
}
