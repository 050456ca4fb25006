import { scenarioIccids } from 'esim-usage-gateway/simulator';
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
  type UpstreamErrorOptions,
  type UpstreamFault,
} from '../../src/errors.js';
import type { UsageEvent } from '../../src/events.js';
import { createRetry } from '../../src/upstream/retry.js';
import type { UsageReading, UsageSource } from '../../src/usage.js';
import { answersInTurn } from '../support/answers-in-turn.js';
import { faults } from '../support/faults.js';
import { iccidOf } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';
import { patient, startUpstreamPath } from '../support/upstream-path.js';

const iccid = iccidOf(scenarioIccids.dataPlan);
const reading = readingOf(iccid, 1_000);
const passing = upstreamError('unanswered', { retryable: true });
const unsent = new ThrottledError(5_000);

describe('what may well succeed at once', () => {
  it.each([
    ['U4', 'a call without a whole answer', passing],
    ['U6', 'a 500', upstreamError('failing', { retryable: true })],
    [
      'U6',
      'a 503 that says when',
      upstreamError('failing', { retryable: true, retryAfterMs: 5_000, concerns: 'company' }),
    ],
    ['U27', 'a 429 of the company', new TooManyRequestsError('company', 1_000)],
    ['U30', 'a 429 of the ICCID', new TooManyRequestsError('iccid', null)],
  ])('%s is asked once more, through the same line: %s', async (_id, _name, error) => {
    const { read, calls, events } = retryOf([error, reading]);
    expect(await read()).toBe(reading);
    expect(calls.length).toBe(2);
    expect(events).toEqual<UsageEvent[]>([{ type: 'upstream.retry', iccid, error }]);
  });

  it('is asked once more for the same ICCID and the same caller', async () => {
    const { read, calls } = retryOf([passing, reading]);
    await read();
    expect(calls.every(([of, caller]) => of === iccid && caller === patient)).toBe(true);
  });

  it('is asked twice at most', async () => {
    const second = upstreamError('failing', { retryable: true });
    const { read, calls, events } = retryOf([passing, second, reading]);
    await expect(read()).rejects.toBe(second);
    expect(calls.length).toBe(2);
    expect(events.length).toBe(1);
  });
});

it.each([
  upstreamError('unreachable'),
  upstreamError('unanswered'),
  upstreamError('failing'),
  upstreamError('garbled'),
  upstreamError('protocol'),
  upstreamError('forbidden'),
  new UnauthorizedError('token refused', 'answered'),
  new NotFoundError(),
  new ThrottledError(1_000),
  new TimedOutError(1_000),
  new AbandonedError(),
  new RememberedError(passing, 1_000),
  new TypeError('a bug'),
])('anything else is not asked again: $name $fault', async (error) => {
  const { read, calls, events } = retryOf([error, reading]);
  await expect(read()).rejects.toBe(error);
  expect(calls.length).toBe(1);
  expect(events).toEqual([]);
});

it('a reading is not asked for again', async () => {
  const { read, calls, events } = retryOf([reading]);
  expect(await read()).toBe(reading);
  expect(calls.length).toBe(1);
  expect(events).toEqual([]);
});

describe('of two errors', () => {
  const limit = new TooManyRequestsError('company', 1_000);

  it.each([
    {
      name: 'the second, when both were sent',
      first: passing,
      second: upstreamError('garbled'),
      told: 'second',
    },
    { name: 'the first, when the second was not sent', first: passing, second: unsent, told: 'first' },
    {
      name: 'the first, when there was no time',
      first: passing,
      second: new RememberedError(passing, 1),
      told: 'first',
    },
    {
      name: 'the second, when it is of the eSIM',
      first: passing,
      second: new NotFoundError(),
      told: 'second',
    },
    {
      name: 'the second of a limit’s, which knows when to come back',
      first: limit,
      second: unsent,
      told: 'second',
    },
    {
      name: 'the second of a limit’s, sent or not',
      first: limit,
      second: new TooManyRequestsError('company', 9),
      told: 'second',
    },
    { name: 'a bug of ours', first: passing, second: new TypeError('a bug'), told: 'second' },
  ])('callers are told $name', async ({ first, second, told }) => {
    const { read } = retryOf([first, second]);
    await expect(read()).rejects.toBe(told === 'first' ? first : second);
  });
});

describe('the quota', () => {
  it('is ten repetitions, and one more for every ten readings', async () => {
    const { calls, succeed, fail } = bendableRetry();
    for (let index = 0; index < 12; index += 1) await fail();
    expect(calls.length).toBe(12 + 10);
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 9; index += 1) await succeed();
      expect(await fail()).toBe(1);
      await succeed();
      expect(await fail()).toBe(2);
      expect(await fail()).toBe(1);
    }
  });

  it('is never above ten, however many readings there were', async () => {
    const { calls, succeed, fail } = bendableRetry();
    for (let index = 0; index < 1_000; index += 1) await succeed();
    for (let index = 0; index < 30; index += 1) await fail();
    expect(calls.length).toBe(1_000 + 30 + 10);
  });

  it('is spent by repetitions at the same time, too', async () => {
    const { calls, fail } = bendableRetry();
    await Promise.all(Array.from({ length: 1_000 }, fail));
    expect(calls.length).toBe(1_000 + 10);
  });

  it('leaves it at one repetition in ten calls, besides the ten, whatever comes', async () => {
    const outcome = fc.constantFrom<'succeed' | 'fail'>('succeed', 'fail', 'fail');
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 300 }), async (outcomes) => {
        const retry = bendableRetry();
        let calls = 0;
        for (const each of outcomes) {
          const made = await retry[each]();
          expect(made).toBeLessThanOrEqual(2);
          calls += made;
        }
        const readings = outcomes.filter((each) => each === 'succeed').length;
        expect(calls - outcomes.length).toBeLessThanOrEqual(10 + Math.floor(readings / 10));
      }),
    );
  });
});

describe('against an upstream', () => {
  const isRetried = ({ fault, delivery }: { fault: string; delivery: string }): boolean =>
    fault === 'unanswered' && delivery !== 'unsent';

  it.each(faults)('U4 only what broke off is asked once more: $name', async ({ bend, ...facts }) => {
    const path = await startUpstreamPath();
    const { read } = createRetry({ source: path.replay, report: () => undefined });
    await path.awaitToken();
    path.bendUsage((exchange) => (path.usageCalls().length === 1 ? bend(exchange) : undefined));
    const told = await read(iccid, patient).then(
      ({ kind }) => kind,
      (error: unknown) => Reflect.get(Object(error), 'fault'),
    );
    expect(told).toBe(isRetried(facts) ? 'reading' : facts.fault);
    expect(path.usageCalls().length).toBe(isRetried(facts) ? 2 : 1);
  });

  it.each([
    { id: 'U6', status: 500, calls: 2 },
    { id: 'U6', status: 503, calls: 2 },
    { id: 'U6', status: 504, calls: 2 },
    { id: 'U7', status: 502, calls: 1 },
    { id: 'U6', status: 501, calls: 1 },
    { id: 'U25', status: 404, calls: 1 },
    { id: 'U21', status: 403, calls: 1 },
  ])('$id $status is asked for $calls times in all when it stays so', async ({ status, calls }) => {
    const path = await startUpstreamPath();
    const { read } = createRetry({ source: path.replay, report: () => undefined });
    path.bendUsage(({ reply }) => ({ ...reply, status }));
    await expect(read(iccid, patient)).rejects.toBeInstanceOf(Error);
    expect(path.usageCalls().length).toBe(calls);
  });
});

function upstreamError(fault: UpstreamFault, options: Partial<UpstreamErrorOptions> = {}): UpstreamError {
  return new UpstreamError(fault, 'detail', { delivery: 'answered', ...options });
}

/** A retry of a source with these outcomes, in turn, and what it did. */
function retryOf(outcomes: readonly (UsageReading | Error)[]) {
  const calls: Parameters<UsageSource['read']>[] = [];
  const events: UsageEvent[] = [];
  const retry = createRetry({
    source: answersInTurn(outcomes, (...asked) => calls.push(asked)),
    report: (event) => events.push(event),
  });
  return { calls, events, read: () => retry.read(iccid, patient) };
}

/** A retry of a source that answers as each read is told to; each read says how many calls it took. */
function bendableRetry() {
  const calls: boolean[] = [];
  let isFailing = false;
  const retry = createRetry({
    source: {
      async read() {
        calls.push(isFailing);
        if (isFailing) throw passing;
        return reading;
      },
    },
    report: () => undefined,
  });
  const readAs = (failing: boolean) => async (): Promise<number> => {
    isFailing = failing;
    const before = calls.length;
    await retry.read(iccid, patient).catch(() => undefined);
    return calls.length - before;
  };
  return { calls, succeed: readAs(false), fail: readAs(true) };
}
