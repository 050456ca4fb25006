import { z } from 'zod';
import type { WireAnswer } from '../http-answers.js';
import type { Shot } from './requests.js';
import type { Hit } from './shooter.js';

/** The one form of every error. */
const refusal = z.object({
  errors: z
    .array(
      z.object({
        message: z.string().min(1),
        extensions: z.strictObject({ code: z.string().regex(/^[A-Z_]+$/) }),
      }),
    )
    .min(1)
    .max(500),
});
/** What nobody outside may learn. */
const innards = /node_modules|\.[jt]s:\d|\n +at |simulator-(client|secret)|Bearer /i;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is wrong about an answer. */
function faultsOfAnswer({ status, headers, text }: WireAnswer): string[] {
  const body = jsonOf(text);
  const isError = status >= 400 || Object(body).errors !== undefined;
  const isJson = /^application\/(graphql-response\+)?json; charset=utf-8$/.test(
    headers['content-type'] ?? '',
  );
  const found = {
    [`status ${status}`]: status >= 500,
    'a bug of ours': text.includes('INTERNAL_SERVER_ERROR'),
    'no JSON': !isJson || typeof body !== 'object',
    'an error in another form': isError && !refusal.safeParse(body).success,
    'something of our innards': innards.test(text),
  };
  return Object.entries(found).flatMap(([what, isSo]) => (isSo ? [what] : []));
}

/** What is wrong about what became of a shot, in a few words each. */
export function faultsOf({ isInOrder }: Shot, { answers, rest }: Hit): string[] {
  const final = answers.filter(({ status }) => status >= 200);
  return [
    ...(isInOrder && final.length !== 1 ? [`${final.length} answers to one request`] : []),
    ...(rest === '' ? [] : ['half an answer']),
    // Only what answers a HEAD has no body.
    ...final.filter(({ text }) => text !== '').flatMap(faultsOfAnswer),
  ];
}
