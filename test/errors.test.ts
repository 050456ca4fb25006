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
  UsageError,
} from '../src/errors.js';

const cause = new TypeError('socket hang up');
const failing = new UpstreamError('failing', 'answered 503', { delivery: 'answered', cause });

describe('errors', () => {
  it.each([
    {
      error: new NotFoundError(),
      facts: { name: 'NotFoundError', code: 'NOT_FOUND', delivery: 'answered', retryAfterMs: null },
    },
    {
      error: new ThrottledError(250),
      facts: { name: 'ThrottledError', code: 'THROTTLED', delivery: 'unsent', retryAfterMs: 250 },
    },
    {
      error: new TooManyRequestsError('company', 250),
      facts: {
        name: 'TooManyRequestsError',
        message: "the upstream's limit of the company is exceeded",
        code: 'THROTTLED',
        delivery: 'answered',
        concerns: 'company',
        retryAfterMs: 250,
      },
    },
    {
      error: new TooManyRequestsError('iccid', null),
      facts: {
        name: 'TooManyRequestsError',
        message: "the upstream's limit of the iccid is exceeded",
        code: 'THROTTLED',
        delivery: 'answered',
        concerns: 'iccid',
        retryAfterMs: null,
      },
    },
    {
      error: new TimedOutError(250),
      facts: { name: 'TimedOutError', code: 'TIMED_OUT', delivery: 'unanswered', retryAfterMs: 250 },
    },
    {
      error: new AbandonedError(),
      facts: { name: 'AbandonedError', code: 'TIMED_OUT', delivery: 'unsent', retryAfterMs: null },
    },
    {
      error: failing,
      facts: {
        name: 'UpstreamError',
        message: 'failing: answered 503',
        code: 'UNAVAILABLE',
        fault: 'failing',
        delivery: 'answered',
        retryAfterMs: null,
        concerns: 'iccid',
        retryable: false,
        cause,
      },
    },
    {
      error: new UpstreamError('unanswered', 'reset', {
        delivery: 'unanswered',
        retryAfterMs: 0,
        concerns: 'company',
        retryable: true,
      }),
      facts: {
        fault: 'unanswered',
        delivery: 'unanswered',
        retryAfterMs: 0,
        concerns: 'company',
        retryable: true,
      },
    },
    {
      error: new UnauthorizedError('no token', 'unsent'),
      facts: {
        name: 'UnauthorizedError',
        message: 'unauthorized: no token',
        code: 'UNAVAILABLE',
        fault: 'unauthorized',
        delivery: 'unsent',
      },
    },
    {
      error: new RememberedError(failing, 750),
      facts: {
        name: 'RememberedError',
        message: 'failing: answered 503',
        code: 'UNAVAILABLE',
        delivery: 'unsent',
        retryAfterMs: 750,
        cause: failing,
      },
    },
  ])('$error.name says what became of the call and when to come back', ({ error, facts }) => {
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject(facts);
  });

  it('counts a refused token as an upstream that cannot be read', () => {
    expect(new UnauthorizedError('refused', 'answered')).toBeInstanceOf(UpstreamError);
  });
});
