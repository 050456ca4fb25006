import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createContext } from '../../src/context.js';
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
} from '../../src/errors.js';
import { createCacheRig, minuteMs, notFoundMs, staleMs } from '../support/cache-rig.js';
import { iccidNumber } from '../support/iccids.js';
import { readingOf } from '../support/readings.js';

const iccid = iccidNumber(1);
const failing = new UpstreamError('failing', 'answered 503', { delivery: 'answered' });
const unanswered = new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' });

function failingFor(retryAfterMs: number): UpstreamError {
  return new UpstreamError('failing', 'answered 503', { delivery: 'answered', retryAfterMs });
}

describe('cache', { timeout: 60_000 }, () => {
  it('serves a reading as it came while the upstream would only repeat it', async () => {
    const { clock, source, cache, events, caller } = createCacheRig();
    const fetched = readingOf(iccid, 1_000);
    expect(await cache.read(iccid, caller())).toEqual(fetched);
    await clock.advance(20 * minuteMs - 1);
    expect(await cache.read(iccid, caller())).toEqual(fetched);
    expect(source.calls).toEqual([iccid]);
    await clock.advance(1);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, 1_000 + 20 * minuteMs));
    expect(source.calls).toEqual([iccid, iccid]);
    expect(events.map(({ type }) => type)).toEqual([
      'cache.miss',
      'cache.fill',
      'cache.hit',
      'cache.miss',
      'cache.fill',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('serves an old reading that it was told of, but none older than its own', async () => {
    const { clock, source, cache, caller } = createCacheRig();
    await clock.advance(60 * minuteMs);
    const [older, newer] = [readingOf(iccid, 1_000), readingOf(iccid, 2_000)];
    cache.learn(newer);
    cache.learn(older);
    source.fail(failing);
    expect(await cache.read(iccid, caller())).toEqual({ ...newer, staleReason: 'UNAVAILABLE' });
    cache.learn(readingOf(iccid, 3_000));
    expect(await cache.read(iccid, caller())).toMatchObject({ fetchedAtMs: 3_000 });
  });

  it('serves a recycled eSIM for as long as its own reading says', async () => {
    const { clock, source, cache, caller } = createCacheRig();
    const recycled = {
      status: 'RECYCLED',
      statusCode: 'RECYCLED',
      freshUntilMs: 1_000 + 1_440 * minuteMs,
    } as const;
    source.bring(recycled);
    await cache.read(iccid, caller());
    await clock.advance(1_440 * minuteMs - 1);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, 1_000, recycled));
    expect(source.calls).toHaveLength(1);
    await clock.advance(1);
    await cache.read(iccid, caller());
    expect(source.calls).toHaveLength(2);
  });

  it('joins all who ask for one ICCID at one time', async () => {
    const { source, cache, events, caller } = createCacheRig();
    const readings = await Promise.all([1, 2, 3].map(() => cache.read(iccid, caller())));
    expect(readings).toEqual([1, 2, 3].map(() => readingOf(iccid, 1_000)));
    expect(source.calls).toEqual([iccid]);
    expect(events).toEqual([
      { type: 'cache.miss', iccid },
      { type: 'cache.join', iccid },
      { type: 'cache.join', iccid },
      { type: 'cache.fill', iccid },
    ]);
  });

  it('reports each failure that it remembers, and each old reading that it serves', async () => {
    const { clock, source, cache, events, caller } = createCacheRig();
    await cache.read(iccid, caller());
    await clock.advance(20 * minuteMs);
    source.fail(failing);
    await cache.read(iccid, caller());
    await cache.read(iccid, caller());
    expect(events.slice(2)).toEqual([
      { type: 'cache.miss', iccid },
      { type: 'cache.failure', iccid, error: failing, forMs: 1_000 },
      { type: 'cache.stale', iccid, reason: 'UNAVAILABLE' },
      { type: 'cache.stale', iccid, reason: 'UNAVAILABLE' },
    ]);
  });

  it('keeps what comes when nobody waits for it any more', async () => {
    const { clock, source, cache } = createCacheRig();
    source.take(0, 9_000);
    const late = expect(cache.read(iccid, { deadlineMs: 9_000 })).rejects.toEqual(new TimedOutError(1_000));
    await clock.advance(8_000);
    await late;
    await clock.advance(1_000);
    expect(await cache.read(iccid, { deadlineMs: 10_001 })).toEqual(readingOf(iccid, 10_000));
    expect(clock.pending).toBe(0);
  });

  it('I10 keeps the ICCIDs that were asked for last, and no more of them than it may', async () => {
    const { source, cache, caller } = createCacheRig({ maxEntries: 100 });
    const iccids = Array.from({ length: 20_000 }, (_, index) => iccidNumber(index));
    for (const each of iccids) {
      await cache.read(each, caller());
      await cache.read(iccidNumber(0), caller());
    }
    const calls = source.calls.length;
    expect(calls).toBe(20_000);
    const kept = [iccidNumber(0), ...iccids.slice(-99)];
    for (const each of kept) await cache.read(each, caller());
    expect(source.calls).toHaveLength(calls);
    // Each of those asked for anew pushes out another, so that only the first answers for how many were kept.
    await cache.read(iccids.at(-100) ?? iccid, caller());
    expect(source.calls).toHaveLength(calls + 1);
  });

  it('I10 keeps no more failures than readings', async () => {
    const { source, cache, caller } = createCacheRig({ maxEntries: 100 });
    source.fail(new NotFoundError());
    const iccids = Array.from({ length: 1_000 }, (_, index) => iccidNumber(index));
    for (const each of iccids) await cache.read(each, caller()).catch(() => undefined);
    for (const each of iccids.slice(-100)) await cache.read(each, caller()).catch(() => undefined);
    expect(source.calls).toHaveLength(1_000);
    await cache.read(iccids.at(-101) ?? iccid, caller()).catch(() => undefined);
    expect(source.calls).toHaveLength(1_001);
  });

  it('serves an operation of 1,000 ICCIDs without a warning, and leaves no listener on its signal', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const { clock, cache } = createCacheRig({ maxEntries: 1_000 });
    const { signal } = new AbortController();
    const options = {
      source: cache,
      clock,
      deadlineMs: 8_000,
      maxIccids: 1_000,
      maxReferences: 1_000,
      notFoundMs: 60_000,
      cacheScope: 'PRIVATE',
      report: () => undefined,
    } as const;
    const { esimUsage } = createContext(options, { signal });
    const iccids = Array.from({ length: 1_000 }, (_, index) => iccidNumber(index));
    const results = await Promise.all(iccids.map((each) => esimUsage.load(each)));
    expect(results).toEqual(iccids.map((each) => readingOf(each, 1_000)));
    await setImmediate();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(warnings).toEqual([]);
  });
});

describe('cache of an upstream that fails', () => {
  it.each<[string, UsageError, number]>([
    ['unreachable', new UpstreamError('unreachable', 'refused', { delivery: 'unanswered' }), 1_000],
    ['failing', failing, 1_000],
    ['protocol', new UpstreamError('protocol', 'not HTTP', { delivery: 'answered' }), 1_000],
    ['garbled', new UpstreamError('garbled', 'not JSON', { delivery: 'answered' }), 30_000],
    ['unauthorized', new UnauthorizedError('refused', 'answered'), 60_000],
    ['forbidden', new UpstreamError('forbidden', 'answered 403', { delivery: 'answered' }), 60_000],
    ['failing for five seconds', failingFor(5_000), 5_000],
    ['failing for an hour', failingFor(3_600_000), 60_000],
    ['not found', new NotFoundError(), notFoundMs],
  ])('asks again after "%s" when that is forgotten, and counts down to it', async (_kind, error, forMs) => {
    const { clock, source, cache, caller } = createCacheRig();
    source.fail(error);
    await expect(cache.read(iccid, caller())).rejects.toEqual(new RememberedError(error, forMs));
    await clock.advance(forMs - 1);
    await expect(cache.read(iccid, caller())).rejects.toEqual(new RememberedError(error, 1));
    expect(source.calls).toHaveLength(1);
    source.bring();
    await clock.advance(1);
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
    expect(source.calls).toHaveLength(2);
  });

  it.each([
    ['unanswered', unanswered],
    ['throttled by the gateway', new ThrottledError(5_000)],
    ['throttled by the upstream', new TooManyRequestsError('company', 5_000)],
    ['timed out', new TimedOutError(1_000)],
    ['abandoned', new AbandonedError()],
    ['a bug', new TypeError('a bug of ours')],
  ])('asks again at once after "%s", and passes on the error itself', async (_kind, error) => {
    const { source, cache, events, caller } = createCacheRig();
    source.fail(error);
    await expect(cache.read(iccid, caller())).rejects.toBe(error);
    await expect(cache.read(iccid, caller())).rejects.toBe(error);
    expect(source.calls).toHaveLength(2);
    expect(events.map(({ type }) => type)).toEqual(['cache.miss', 'cache.miss']);
  });

  it('waits longer after each failure in a row, and starts over after a reading', async () => {
    const { clock, source, cache, events, caller } = createCacheRig({ random: () => 0.5 });
    const failInARow = async (times: number): Promise<void> => {
      source.fail(failing);
      for (let index = 0; index < times; index += 1) {
        await cache.read(iccid, caller()).catch(() => undefined);
        await clock.advance(30_000);
      }
    };
    await failInARow(7);
    source.bring({ freshUntilMs: 0 });
    await cache.read(iccid, caller());
    await failInARow(2);
    const remembered = events.flatMap((event) => (event.type === 'cache.failure' ? [event.forMs] : []));
    expect(remembered).toEqual([875, 1_750, 3_500, 7_000, 14_000, 26_250, 26_250, 875, 1_750]);
  });

  it('remembers a failure of one ICCID for that one only', async () => {
    const { source, cache, caller } = createCacheRig();
    source.fail(failing);
    await cache.read(iccid, caller()).catch(() => undefined);
    source.bring();
    expect(await cache.read(iccidNumber(2), caller())).toEqual(readingOf(iccidNumber(2), 1_000));
  });

  it.each([notFoundMs, 0])(
    'forgets the old reading of an eSIM that is not found any more, also when that is remembered for %i ms',
    async (rememberedMs) => {
      const { clock, source, cache, caller } = createCacheRig({ notFoundMs: rememberedMs });
      await cache.read(iccid, caller());
      await clock.advance(20 * minuteMs);
      source.fail(new NotFoundError());
      await expect(cache.read(iccid, caller())).rejects.toMatchObject({ code: 'NOT_FOUND' });
      source.fail(failing);
      await clock.advance(rememberedMs);
      await expect(cache.read(iccid, caller())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    },
  );
});

describe('cache with an old reading at hand', () => {
  const stale = { ...readingOf(iccid, 1_000) };

  it.each([
    ['THROTTLED', 'asked too much', new TooManyRequestsError('iccid', 5_000)],
    ['THROTTLED', 'not asked for want of room', new ThrottledError(5_000)],
    ['TIMED_OUT', 'timed out', new TimedOutError(1_000)],
    ['UNAVAILABLE', 'failing', failing],
    ['UNAVAILABLE', 'unanswered', unanswered],
    ['UNAVAILABLE', 'unauthorized', new UnauthorizedError('refused', 'answered')],
  ])('serves it as %s when the upstream is %s', async (staleReason, _kind, error) => {
    const { clock, source, cache, caller } = createCacheRig();
    await cache.read(iccid, caller());
    await clock.advance(staleMs - 1);
    source.fail(error);
    expect(await cache.read(iccid, caller())).toEqual({ ...stale, staleReason });
    expect(await cache.read(iccid, caller())).toEqual({ ...stale, staleReason });
  });

  it('serves it no longer than that', async () => {
    const { clock, source, cache, caller } = createCacheRig();
    await cache.read(iccid, caller());
    await clock.advance(staleMs);
    source.fail(failing);
    await expect(cache.read(iccid, caller())).rejects.toEqual(new RememberedError(failing, 1_000));
    await expect(cache.read(iccid, caller())).rejects.toEqual(new RememberedError(failing, 1_000));
  });

  it.each([
    ['a bug of ours', new TypeError('a bug of ours')],
    ['one that nobody waits for', new AbandonedError()],
  ])('hides no %s behind it', async (_kind, error) => {
    const { clock, source, cache, events, caller } = createCacheRig();
    await cache.read(iccid, caller());
    await clock.advance(20 * minuteMs);
    source.fail(error);
    await expect(cache.read(iccid, caller())).rejects.toBe(error);
    await expect(cache.read(iccid, caller())).rejects.toBe(error);
    expect(source.calls).toHaveLength(3);
    expect(events.filter(({ type }) => type === 'cache.failure' || type === 'cache.stale')).toEqual([]);
  });

  it('serves the new one as fresh once there is one', async () => {
    const { clock, source, cache, caller } = createCacheRig();
    await cache.read(iccid, caller());
    await clock.advance(20 * minuteMs);
    source.fail(failing);
    await cache.read(iccid, caller());
    await clock.advance(1_000);
    source.bring();
    expect(await cache.read(iccid, caller())).toEqual(readingOf(iccid, clock.now()));
  });
});
