import { fleetIccids, type Reply } from 'esim-usage-gateway/simulator';
import { expect, it } from 'vitest';
import type { UsageResult } from '../src/usage.js';
import { createManualClock } from './support/manual-clock.js';
import { documentedLimits, startModule } from './support/start-gateway.js';
import { createStory, type Story } from './support/story.js';
import { createVirtualWire, type VirtualWire } from './support/virtual-wire.js';

const minuteMs = 60_000;
const iccids = fleetIccids(4);
/** Of the company, so that little needs to happen before somebody has to wait. */
const twoASecond = { ...documentedLimits, companyRequests: 2 };

interface Rig extends Pick<VirtualWire, 'bendUsage' | 'pass'> {
  readonly story: Story;
  /** Asks for the n-th eSIM in an operation of its own. */
  ask(nth: number): Promise<string>;
  /** Gets to know the n-th that long ago, and begins the story now. */
  beginWith(nth: number, agoMs: number): Promise<void>;
  takeFrom(latencyMs: number): void;
}

/** The whole module in front of an upstream that takes 150 ms unless told otherwise. */
async function createRig(): Promise<Rig> {
  const clock = createManualClock();
  let story = createStory(clock);
  let latencyMs = 150;
  const started = await startModule({
    clock,
    module: {
      ...twoASecond,
      breakerFailures: 2,
      random: () => 0,
      report: (event) => story.report(event),
    },
    simulator: { limits: twoASecond },
  });
  const wire = createVirtualWire({ clock, started, latencyMs: () => latencyMs });
  const ask = async (nth: number): Promise<string> =>
    inShort(await started.module.createContext().esimUsage.load(iccids[nth] ?? ''));

  return {
    ...wire,
    ask,
    story: { report: (event) => story.report(event), told: () => story.told() },
    async beginWith(nth, agoMs) {
      const reading = ask(nth);
      await wire.pass(300);
      await reading;
      await wire.pass(agoMs);
      story = createStory(clock);
    },
    takeFrom(newLatencyMs) {
      latencyMs = newLatencyMs;
    },
  };
}

function inShort(result: UsageResult): string {
  if (result.kind === 'problem') return `${result.code}, again in ${result.retryAfterSeconds} s`;
  return `${result.data?.remaining} MB, ${result.staleReason ?? 'fresh'}`;
}

it('tells the story of readings that wait for the token and for their slot, and are at hand then', async () => {
  const { story, pass, ask } = await createRig();
  const answers = [ask(0), ask(1)];
  await pass(1_500);
  answers.push(ask(1));
  expect(await Promise.all(answers)).toEqual(['512 MB, fresh', '513 MB, fresh', '513 MB, fresh']);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0000
    2. 0 ms: cache.miss 89…0001
    3. 0 ms: scheduler.wait 89…0000 ahead=0
    4. 0 ms: scheduler.wait 89…0001 ahead=1
    5. 0 ms: token.request
    6. 150 ms: token.reply status=200 tookMs=150
    7. 150 ms: token.renewed lifetimeMs=86400000
    8. 150 ms: scheduler.turn 89…0000 waitedMs=150
    9. 150 ms: upstream.request 89…0000
    10. 300 ms: upstream.reply 89…0000 status=200 tookMs=150
    11. 300 ms: cache.fill 89…0000
    12. 300 ms: loader.answer 89…0000 answer=upstream
    13. 1150 ms: scheduler.turn 89…0001 waitedMs=1150
    14. 1150 ms: upstream.request 89…0001
    15. 1300 ms: upstream.reply 89…0001 status=200 tookMs=150
    16. 1300 ms: cache.fill 89…0001
    17. 1300 ms: loader.answer 89…0001 answer=upstream
    18. 1500 ms: cache.hit 89…0001
    19. 1500 ms: loader.answer 89…0001 answer=cache"
  `);
});

it('tells the story of an old reading that is served while the new one is on its way', async () => {
  const { story, beginWith, pass, ask, takeFrom } = await createRig();
  await beginWith(0, 20 * minuteMs);
  takeFrom(500);
  const first = ask(0);
  await pass(300);
  expect(await first).toBe('512 MB, REFRESHING');
  await pass(200);
  expect(await ask(0)).toBe('510 MB, fresh');
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0000
    2. 0 ms: scheduler.turn 89…0000 waitedMs=0
    3. 0 ms: upstream.request 89…0000
    4. 300 ms: cache.stale 89…0000 reason=REFRESHING
    5. 300 ms: loader.answer 89…0000 answer=stale REFRESHING
    6. 500 ms: upstream.reply 89…0000 status=200 tookMs=500
    7. 500 ms: cache.fill 89…0000
    8. 500 ms: cache.hit 89…0000
    9. 500 ms: loader.answer 89…0000 answer=upstream"
  `);
});

it('tells the story of a limit that was exceeded, the pause, and the repetition', async () => {
  const { story, beginWith, bendUsage, pass, ask } = await createRig();
  await beginWith(0, 2_000);
  bendUsage(() => tooMany);
  const answers = [ask(1)];
  await pass(150);
  bendUsage(undefined);
  answers.push(ask(1));
  await pass(3_000);
  expect(await Promise.all(answers)).toEqual(['513 MB, fresh', '513 MB, fresh']);
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 150 ms: upstream.reply 89…0001 status=429 tookMs=150
    5. 150 ms: upstream.failed 89…0001 error=TooManyRequestsError
    6. 150 ms: scheduler.paused iccid=null error=TooManyRequestsError forMs=2000
    7. 150 ms: upstream.retry 89…0001 error=TooManyRequestsError
    8. 150 ms: scheduler.wait 89…0001 ahead=0
    9. 150 ms: cache.join 89…0001
    10. 2150 ms: scheduler.turn 89…0001 waitedMs=2000
    11. 2150 ms: upstream.request 89…0001
    12. 2300 ms: upstream.reply 89…0001 status=200 tookMs=150
    13. 2300 ms: cache.fill 89…0001
    14. 2300 ms: loader.answer 89…0001 answer=upstream
    15. 2300 ms: loader.answer 89…0001 answer=upstream"
  `);
});

it('tells the story of an outage: the circuit opens, one call finds out in vain, another finds the upstream back', async () => {
  const { story, beginWith, bendUsage, pass, ask } = await createRig();
  await beginWith(0, 2_000);
  bendUsage(() => unavailable);
  const outage = [ask(1)];
  await pass(2_000);
  outage.push(ask(2));
  await pass(2_000);
  outage.push(ask(3));
  await pass(10_000);
  outage.push(ask(3));
  await pass(10_150);
  bendUsage(undefined);
  const recovery = ask(3);
  await pass(150);
  expect(await Promise.all(outage)).toMatchInlineSnapshot(`
    [
      "UNAVAILABLE, again in 1 s",
      "UNAVAILABLE, again in 10 s",
      "UNAVAILABLE, again in 9 s",
      "UNAVAILABLE, again in 10 s",
    ]
  `);
  expect(await recovery).toBe('515 MB, fresh');
  expect(story.told()).toMatchInlineSnapshot(`
    "1. 0 ms: cache.miss 89…0001
    2. 0 ms: scheduler.turn 89…0001 waitedMs=0
    3. 0 ms: upstream.request 89…0001
    4. 150 ms: upstream.reply 89…0001 status=503 tookMs=150
    5. 150 ms: upstream.failed 89…0001 error=UpstreamError
    6. 150 ms: upstream.retry 89…0001 error=UpstreamError
    7. 150 ms: scheduler.turn 89…0001 waitedMs=0
    8. 150 ms: upstream.request 89…0001
    9. 300 ms: upstream.reply 89…0001 status=503 tookMs=150
    10. 300 ms: upstream.failed 89…0001 error=UpstreamError
    11. 300 ms: cache.failure 89…0001 error=UpstreamError forMs=1000
    12. 300 ms: loader.answer 89…0001 answer=problem UNAVAILABLE
    13. 2000 ms: cache.miss 89…0002
    14. 2000 ms: scheduler.turn 89…0002 waitedMs=0
    15. 2000 ms: upstream.request 89…0002
    16. 2150 ms: upstream.reply 89…0002 status=503 tookMs=150
    17. 2150 ms: upstream.failed 89…0002 error=UpstreamError
    18. 2150 ms: breaker.opened error=UpstreamError forMs=10000
    19. 2150 ms: loader.answer 89…0002 answer=problem UNAVAILABLE
    20. 4000 ms: cache.miss 89…0003
    21. 4000 ms: loader.answer 89…0003 answer=problem UNAVAILABLE
    22. 14000 ms: cache.miss 89…0003
    23. 14000 ms: scheduler.turn 89…0003 waitedMs=0
    24. 14000 ms: breaker.probe 89…0003
    25. 14000 ms: upstream.request 89…0003
    26. 14150 ms: upstream.reply 89…0003 status=503 tookMs=150
    27. 14150 ms: upstream.failed 89…0003 error=UpstreamError
    28. 14150 ms: breaker.opened error=UpstreamError forMs=10000
    29. 14150 ms: loader.answer 89…0003 answer=problem UNAVAILABLE
    30. 24150 ms: cache.miss 89…0003
    31. 24150 ms: scheduler.turn 89…0003 waitedMs=0
    32. 24150 ms: breaker.probe 89…0003
    33. 24150 ms: upstream.request 89…0003
    34. 24300 ms: upstream.reply 89…0003 status=200 tookMs=150
    35. 24300 ms: breaker.closed
    36. 24300 ms: cache.fill 89…0003
    37. 24300 ms: loader.answer 89…0003 answer=upstream"
  `);
});

const tooMany: Reply = {
  kind: 'whole',
  status: 429,
  headers: { 'Retry-After': '2' },
  body: '{"message":"Too Many Attempts."}',
};
const unavailable: Reply = { kind: 'whole', status: 503, headers: {}, body: '' };
