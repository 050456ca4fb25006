import { expect, it } from 'vitest';
import { createCache } from '../../src/cache/cache.js';
import { UpstreamError } from '../../src/errors.js';
import { createGate } from '../../src/scheduler/gate.js';
import { createScheduler } from '../../src/scheduler/scheduler.js';
import { createClient } from '../../src/upstream/client.js';
import type { Http, HttpReply } from '../../src/upstream/http.js';
import type { Caller, UsageReading } from '../../src/usage.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { createStory, type Story } from '../support/story.js';
import { usageBody } from '../support/usage-body.js';

const minuteMs = 60_000;

interface Rig {
  readonly clock: ManualClock;
  readonly story: Story;
  readonly read: (index: number) => Promise<UsageReading>;
  /** What becomes of calls from now on, each after 250 ms if not said otherwise. */
  answerWith(status: number, tookMs?: number): void;
  loseAnswers(): void;
}

/** All layers from the cache to the client, one call a second, in front of an upstream that a test bends. */
function createRig(): Rig {
  const clock = createManualClock();
  const story = createStory(clock);
  const { report } = story;
  let status: number | null = 200;
  let tookMs = 250;
  const http: Http = {
    async send(): Promise<HttpReply> {
      await new Promise<void>((resolve) => {
        clock.after(tookMs, resolve);
      });
      if (status === null) throw new UpstreamError('unanswered', 'reset', { delivery: 'unanswered' });
      return { status, header: () => null, body: new TextEncoder().encode(usageBody()) };
    },
    close: () => Promise.resolve(),
  };
  const token = {
    ensure: () => undefined,
    age: () => null,
    isAwaited: () => false,
    current: () => 'token',
    accepted: () => undefined,
    rejected: () => undefined,
  };
  const gateFor = (requests: number, windowMs: number) =>
    createGate({ requests, windowMs, maxWaiting: 10, clock });
  const client = createClient({
    http,
    token,
    environment: 'PRODUCTION',
    upstreamCacheMs: 20 * minuteMs,
    recycledMs: 1_440 * minuteMs,
    companyRequests: 1,
    iccidRequests: 10,
    clock,
    report,
  });
  const cache = createCache({
    source: createScheduler({
      source: client,
      company: gateFor(1, 1_000),
      createIccidGate: () => gateFor(10, minuteMs),
      clock,
      report,
    }),
    maxEntries: 10,
    maxObjects: 1,
    staleMs: 1_440 * minuteMs,
    softWaitMs: 300,
    maxHot: 10,
    notFoundMs: 5 * minuteMs,
    clock,
    report,
    random: () => 0,
  });
  const caller = (): Caller => ({ deadlineMs: clock.now() + 2_000 });
  return {
    clock,
    story,
    read: (index) => cache.read(iccidNumber(index), caller()),
    answerWith(nextStatus, nextTookMs = 250) {
      status = nextStatus;
      tookMs = nextTookMs;
    },
    loseAnswers() {
      status = null;
    },
  };
}

it('tells the story of a reading that is fetched, joined, and at hand', async () => {
  const { clock, story, read } = createRig();
  const reads = [read(1), read(1)];
  await clock.advance(1_000);
  reads.push(read(1));
  await Promise.all(reads);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: cache.join 89…0001
    3. 0 ms: scheduler.turn 89…0001 waitedMs=0
    4. 0 ms: upstream.request 89…0001
    5. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    6. 250 ms: cache.fill 89…0001
    7. 1000 ms: cache.hit 89…0001"
  `);
});

it('tells the story of readings that wait for their turn, or have none', async () => {
  const { clock, story, read } = createRig();
  const reads = Promise.allSettled([read(1), read(2), read(3)]);
  await clock.advance(5_000);
  await reads;
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: cache.miss 89…0002
    3. 0 ms: cache.miss 89…0003
    4. 0 ms: scheduler.wait 89…0002 ahead=0
    5. 0 ms: scheduler.refused 89…0003 retryAfterMs=750
    6. 0 ms: scheduler.turn 89…0001 waitedMs=0
    7. 0 ms: upstream.request 89…0001
    8. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    9. 250 ms: cache.fill 89…0001
    10. 1250 ms: scheduler.turn 89…0002 waitedMs=1250
    11. 1250 ms: upstream.request 89…0002
    12. 1500 ms: upstream.reply 89…0002 status=200 tookMs=250
    13. 1500 ms: cache.fill 89…0002"
  `);
});

it('tells the story of a reading that grows old while the upstream is down', async () => {
  const { clock, story, read, answerWith, loseAnswers } = createRig();
  const readOnce = async (): Promise<void> => {
    const reading = read(1);
    await clock.advance(250);
    await reading;
  };
  await readOnce();
  await clock.advance(20 * minuteMs);
  answerWith(503);
  await readOnce();
  await readOnce();
  await clock.advance(minuteMs);
  loseAnswers();
  await readOnce();
  await clock.advance(minuteMs);
  answerWith(200);
  await readOnce();
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    5. 250 ms: cache.fill 89…0001
    6. 1200250 ms: cache.miss 89…0001
    7. 1200250 ms: scheduler.turn 89…0001 waitedMs=0
    8. 1200250 ms: upstream.request 89…0001
    9. 1200500 ms: upstream.reply 89…0001 status=503 tookMs=250
    10. 1200500 ms: upstream.failed 89…0001 error=UpstreamError
    11. 1200500 ms: cache.failure 89…0001 error=UpstreamError forMs=1000
    12. 1200500 ms: cache.stale 89…0001 reason=UNAVAILABLE
    13. 1200500 ms: cache.stale 89…0001 reason=UNAVAILABLE
    14. 1260750 ms: cache.miss 89…0001
    15. 1260750 ms: scheduler.turn 89…0001 waitedMs=0
    16. 1260750 ms: upstream.request 89…0001
    17. 1261000 ms: upstream.lost 89…0001 fault=unanswered
    18. 1261000 ms: upstream.failed 89…0001 error=UpstreamError
    19. 1261000 ms: cache.stale 89…0001 reason=UNAVAILABLE
    20. 1321000 ms: cache.miss 89…0001
    21. 1321000 ms: scheduler.turn 89…0001 waitedMs=0
    22. 1321000 ms: upstream.request 89…0001
    23. 1321250 ms: upstream.reply 89…0001 status=200 tookMs=250
    24. 1321250 ms: cache.fill 89…0001"
  `);
});

it('tells the story of an old reading that is served while a new one is on its way', async () => {
  const { clock, story, read, answerWith } = createRig();
  const reads = [read(1)];
  await clock.advance(20 * minuteMs + 250);
  answerWith(200, 900);
  reads.push(read(1));
  await clock.advance(500);
  reads.push(read(1));
  await clock.advance(400);
  reads.push(read(1));
  const told = (await Promise.all(reads)).map(({ staleReason }) => staleReason);
  expect(told).toEqual([null, 'REFRESHING', 'REFRESHING', null]);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    5. 250 ms: cache.fill 89…0001
    6. 1200250 ms: cache.miss 89…0001
    7. 1200250 ms: scheduler.turn 89…0001 waitedMs=0
    8. 1200250 ms: upstream.request 89…0001
    9. 1200550 ms: cache.stale 89…0001 reason=REFRESHING
    10. 1200750 ms: cache.join 89…0001
    11. 1201050 ms: cache.stale 89…0001 reason=REFRESHING
    12. 1201150 ms: upstream.reply 89…0001 status=200 tookMs=900
    13. 1201150 ms: cache.fill 89…0001
    14. 1201150 ms: cache.hit 89…0001"
  `);
});

it('tells the story of a reading that many ask for', async () => {
  const { clock, story, read } = createRig();
  const reads = [read(1)];
  for (const passMs of [250, minuteMs, 20 * minuteMs]) {
    await clock.advance(passMs);
    reads.push(read(1));
  }
  await Promise.all(reads);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    5. 250 ms: cache.fill 89…0001
    6. 250 ms: cache.hit 89…0001
    7. 60250 ms: cache.hit 89…0001
    8. 1201250 ms: cache.refresh 89…0001
    9. 1201250 ms: scheduler.turn 89…0001 waitedMs=0
    10. 1201250 ms: upstream.request 89…0001
    11. 1201500 ms: upstream.reply 89…0001 status=200 tookMs=250
    12. 1201500 ms: cache.fill 89…0001
    13. 1260250 ms: cache.hit 89…0001"
  `);
});

it('tells the story of an eSIM that is gone', async () => {
  const { clock, story, read, answerWith } = createRig();
  const reads = [read(1)];
  await clock.advance(20 * minuteMs + 250);
  answerWith(404, 350);
  reads.push(read(1));
  await clock.advance(1_000);
  reads.push(read(1));
  const told = await Promise.allSettled(reads);
  expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 250 ms: upstream.reply 89…0001 status=200 tookMs=250
    5. 250 ms: cache.fill 89…0001
    6. 1200250 ms: cache.miss 89…0001
    7. 1200250 ms: scheduler.turn 89…0001 waitedMs=0
    8. 1200250 ms: upstream.request 89…0001
    9. 1200550 ms: cache.stale 89…0001 reason=REFRESHING
    10. 1200600 ms: upstream.reply 89…0001 status=404 tookMs=350
    11. 1200600 ms: cache.failure 89…0001 error=NotFoundError forMs=300000"
  `);
});
