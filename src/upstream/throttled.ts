import { ThrottledError } from '../errors.js';
import type { HttpReply } from './http.js';

/** Longer pauses are not believed. */
const mostMs = 60_000;

/** The error of a 429, with its `Retry-After` in seconds or, where that says nothing usable, `otherwiseMs`. */
export function throttledBy({ retryAfter }: HttpReply, otherwiseMs: number): ThrottledError {
  const saidMs =
    retryAfter !== null && /^\d{1,10}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : otherwiseMs;
  return new ThrottledError('upstream', Math.min(Math.max(saidMs, 1_000), mostMs));
}
