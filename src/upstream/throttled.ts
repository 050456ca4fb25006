import { ThrottledError } from '../errors.js';
import type { HttpReply } from './http.js';

/** How a `Retry-After` is taken. */
export interface ThrottledOptions {
  /** What it stands for when it says nothing usable, in milliseconds. */
  readonly otherwiseMs: number;
  /** The longest pause that is believed, in milliseconds. */
  readonly mostMs: number;
}

/** The error of a 429, to come back when its `Retry-After` says; not before a second has passed. */
export function throttledBy(
  { retryAfter }: HttpReply,
  { otherwiseMs, mostMs }: ThrottledOptions,
): ThrottledError {
  const saidMs =
    retryAfter !== null && /^\d{1,10}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : otherwiseMs;
  return new ThrottledError('upstream', Math.min(Math.max(saidMs, 1_000), mostMs));
}
