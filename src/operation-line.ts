import type { OperationEnded } from './events.js';

/** The longest text of others' that a line of the log holds. */
export const longestText = 500;

/**
 * The line of the log for an operation in which was no bug, exactly as pino would write it at `info`. `time` is as pino's own functions
 * give it. One is written for every request, and pino would take half as long for it as an answer from the cache takes.
 */
export function operationLine(event: OperationEnded, time: string): string {
  const { requestId, traceId, name, kind, status, code, tookMs, answers } = event;
  let counts = '';
  for (const [answer, count] of answers) counts += `${counts === '' ? '' : ','}"${answer}":${count}`;
  return (
    `{"level":30${time},"requestId":${textOf(requestId)},"traceId":${textOf(traceId)},"name":${textOf(name)}` +
    `,"kind":${textOf(kind)},"status":${status},"code":${textOf(code)},"tookMs":${Math.round(tookMs)}` +
    `,"answers":{${counts}},"msg":"operation.ended"}\n`
  );
}

/** A text that stands in JSON as it is. */
const plain = /^[ !#-[\]-~]*$/;

function textOf(text: string | null): string {
  if (text === null) return 'null';
  const short = text.slice(0, longestText);
  // Nearly all are plain, which is told in half the time.
  return plain.test(short) ? `"${short}"` : JSON.stringify(short);
}
