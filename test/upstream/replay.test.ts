import { scenarioIccids } from 'esim-usage-gateway/simulator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NotFoundError,
  RememberedError,
  ThrottledError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
} from '../../src/errors.js';
import { createReplay } from '../../src/upstream/replay.js';
import type { Token } from '../../src/upstream/token.js';
import type { Caller, UsageReading } from '../../src/usage.js';
import { answersInTurn } from '../support/answers-in-turn.js';
import { iccidOf } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';
import { patient } from '../support/upstream-path.js';

const iccid = iccidOf(scenarioIccids.dataPlan);
const reading = readingOf(iccid, 1_000);
const unsent = new UnauthorizedError('no token at hand', 'unsent');
const refused = new UnauthorizedError('token refused', 'answered');
const unknown = new UnauthorizedError('token refused', 'unanswered');

describe('a replay', () => {
  it('reads once when nothing goes wrong', async () => {
    const { read, story } = replayOf(reading);
    expect(await read()).toBe(reading);
    expect(story).toEqual(['ensure', 'read']);
  });

  it('reads again with another token when the first was refused', async () => {
    const { read, story } = replayOf(refused, reading);
    expect(await read()).toBe(reading);
    expect(story).toEqual(['ensure', 'read', 'ensure', 'read']);
  });

  it('ends at the second refusal', async () => {
    const second = new UnauthorizedError('token refused', 'answered');
    const { read, story } = replayOf(refused, second, reading);
    await expect(read()).rejects.toBe(second);
    expect(story).toEqual(['ensure', 'read', 'ensure', 'read']);
  });

  it('takes a refusal that may not have arrived for one', async () => {
    const { read, story } = replayOf(unknown, unknown, reading);
    await expect(read()).rejects.toBe(unknown);
    expect(story).toEqual(['ensure', 'read', 'ensure', 'read']);
  });

  it('is not used up by a token that went away while the call waited', async () => {
    const { read, story } = replayOf(unsent, unsent, refused, unsent, reading);
    expect(await read()).toBe(reading);
    expect(story.filter((step) => step === 'read').length).toBe(5);
  });

  it('ends at the second refusal, also when a token went away in between', async () => {
    const { read } = replayOf(unsent, refused, unsent, refused, reading);
    await expect(read()).rejects.toBe(refused);
  });

  it.each([
    new NotFoundError(),
    new TooManyRequestsError('company', 1_000),
    new ThrottledError(1_000),
    new RememberedError(refused, 1_000),
    new UpstreamError('failing', 'answered 500', { delivery: 'answered' }),
    new UpstreamError('forbidden', 'answered 403', { delivery: 'answered' }),
    new UpstreamError('unanswered', 'out of time', { delivery: 'unsent' }),
    new TypeError('a bug'),
  ])('leaves other errors as they are: $message', async (error) => {
    const { read, story } = replayOf(error, reading);
    await expect(read()).rejects.toBe(error);
    expect(story).toEqual(['ensure', 'read']);
  });

  it('does not read when no token can be had, at first or for the replay', async () => {
    const error = new UpstreamError('failing', 'token request answered 500', { delivery: 'answered' });
    const none = replayOf(reading);
    none.failTokensAfter(0, error);
    await expect(none.read()).rejects.toBe(error);
    expect(none.story).toEqual(['ensure']);

    const one = replayOf(refused, reading);
    one.failTokensAfter(1, error);
    await expect(one.read()).rejects.toBe(error);
    expect(one.story).toEqual(['ensure', 'read', 'ensure']);
  });

  it('does not try again with a token that cannot be had for want of rights', async () => {
    const { read, story, failTokensAfter } = replayOf(reading);
    failTokensAfter(0, refused);
    await expect(read()).rejects.toBe(refused);
    expect(story).toEqual(['ensure']);
  });

  it('does not wait for a token that is on its way: that is for the line to do', async () => {
    const { read, story } = replayOf(reading);
    const outcome = read();
    expect(story).toEqual(['ensure', 'read']);
    expect(await outcome).toBe(reading);
  });

  it('hands on the same ICCID and the same caller each time', async () => {
    const asked: [string, Caller][] = [];
    const source = answersInTurn([refused, unsent, reading], (...each) => asked.push(each));
    const caller: Caller = { deadlineMs: 5 };
    await createReplay({ source, token: tokenAtHand() }).read(iccid, caller);
    expect(asked).toEqual([
      [iccid, caller],
      [iccid, caller],
      [iccid, caller],
    ]);
    expect(asked.every(([, each]) => each === caller)).toBe(true);
  });

  it('ends after as many tokens that went away as there were, and one replay', async () => {
    const outcome = fc.constantFrom<UsageReading | Error>(
      unsent,
      unsent,
      refused,
      reading,
      new NotFoundError(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 30 }), async (outcomes) => {
        const { read, story } = replayOf(...outcomes, reading);
        const sent = [...outcomes, reading].flatMap((each, index) =>
          each === unsent ? [] : [{ each, index }],
        );
        const last = sent[0]?.each === refused ? sent[1] : sent[0];
        const result = await read().catch((error: unknown) => error);
        expect(result).toBe(last?.each);
        expect(story.filter((step) => step === 'read').length).toBe((last?.index ?? 0) + 1);
      }),
    );
  });
});

/** A replay of a source with these outcomes, in turn, and what it did. */
function replayOf(...outcomes: (UsageReading | Error)[]) {
  const story: ('ensure' | 'read')[] = [];
  let failure: { error: Error; after: number } | undefined;
  const token: Token = {
    ...tokenAtHand(),
    ensure() {
      const given = story.filter((step) => step === 'ensure').length;
      story.push('ensure');
      if (failure !== undefined && given >= failure.after) throw failure.error;
    },
  };
  const source = answersInTurn(outcomes, () => story.push('read'));
  return {
    story,
    read: () => createReplay({ source, token }).read(iccid, patient),
    failTokensAfter(after: number, error: Error) {
      failure = { after, error };
    },
  };
}

function tokenAtHand(): Token {
  return {
    ensure: () => undefined,
    age: () => null,
    isAwaited: () => false,
    current: () => 'token',
    accepted: () => undefined,
    rejected: () => undefined,
  };
}
