import type { HttpReply } from './http.js';

/** A delay in seconds, however large; RFC 9110 has whole ones only, some senders have others. */
const seconds = /^\d+(\.\d+)?(e\d+)?$/i;
/** The forms of an HTTP date (RFC 9110). The oldest ends in the year and means UTC as well. */
const date = /^[A-Z][a-z]{2,8},? .+:\d\d (GMT|UTC|[+-]?\d{4})$/;

/**
 * What a reply says about when to come back, in milliseconds from now, 0 for a moment that has passed. Null when it says nothing
 * that can be read. A date counts from the reply's own `Date`, so that neither clock need be right; without one, from `nowEpochMs`.
 */
export function retryAfterMs({ header }: Pick<HttpReply, 'header'>, nowEpochMs: number): number | null {
  const text = header('retry-after');
  if (text === null) return null;
  if (seconds.test(text)) return Number(text) * 1_000;
  const atMs = epochMs(text);
  if (atMs === null) return null;
  return Math.max(0, atMs - (epochMs(header('date') ?? '') ?? nowEpochMs));
}

/** Anything else, a bare number too, engines read as they like. */
function epochMs(text: string): number | null {
  if (!date.test(text)) return null;
  const atMs = Date.parse(/ \d{4}$/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(atMs) ? null : atMs;
}
