import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AbandonedError,
  NotFoundError,
  RememberedError,
  ThrottledError,
  TimedOutError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
  type UsageError,
} from '../src/errors.js';
import { invalidIccid, problemOf } from '../src/problem.js';
import { iccidNumber } from './support/iccids.js';

const iccid = iccidNumber(1);
const secret = 'https://upstream.example/v2/token answered <html>';

const throttled = 'The limits of the eSIM provider leave no room for this reading in time.';
const timedOut = 'The eSIM provider did not answer in time.';
const unavailable = 'The eSIM provider cannot be read at present.';
const notFound = 'No eSIM with this ICCID is known.';

describe('problem', () => {
  it('of a text that is no ICCID repeats nothing of it', () => {
    expect(invalidIccid()).toEqual({
      kind: 'problem',
      iccid: null,
      code: 'INVALID_ICCID',
      message: 'An ICCID is a string of 15 to 22 digits.',
      retryAfterSeconds: null,
    });
  });

  it.each<[UsageError, string, string, number | null]>([
    [new NotFoundError(), 'NOT_FOUND', notFound, null],
    [new RememberedError(new NotFoundError(), 60_000), 'NOT_FOUND', notFound, null],
    [new ThrottledError(2_400), 'THROTTLED', throttled, 3],
    [new TooManyRequestsError('company', 60_000), 'THROTTLED', throttled, 60],
    [new TooManyRequestsError('iccid', null), 'THROTTLED', throttled, 1],
    [new TimedOutError(1_000), 'TIMED_OUT', timedOut, 1],
    [new AbandonedError(), 'TIMED_OUT', timedOut, 1],
    [
      new UpstreamError('failing', secret, { delivery: 'answered', cause: new Error(secret) }),
      'UNAVAILABLE',
      unavailable,
      1,
    ],
    [
      new UpstreamError('failing', secret, { delivery: 'answered', retryAfterMs: 30_000 }),
      'UNAVAILABLE',
      unavailable,
      30,
    ],
    [new UnauthorizedError(secret, 'answered'), 'UNAVAILABLE', unavailable, 1],
    [
      new RememberedError(new UpstreamError('garbled', secret, { delivery: 'answered' }), 30_000),
      'UNAVAILABLE',
      unavailable,
      30,
    ],
  ])('of %s is a fixed text of ours', (error, code, message, retryAfterSeconds) => {
    expect(problemOf(iccid, error)).toEqual({ kind: 'problem', iccid, code, message, retryAfterSeconds });
  });

  it('never asks a client to come back earlier than will help, nor a whole second later', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e8, noNaN: true }), (retryAfterMs) => {
        const { retryAfterSeconds } = problemOf(iccid, new ThrottledError(retryAfterMs));
        expect(Number.isInteger(retryAfterSeconds)).toBe(true);
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(retryAfterMs / 1_000);
        expect(retryAfterSeconds).toBeLessThan(retryAfterMs / 1_000 + 1);
      }),
    );
  });

  it('asks a client to wait a second at least', () => {
    expect(problemOf(iccid, new ThrottledError(0)).retryAfterSeconds).toBe(1);
  });
});
