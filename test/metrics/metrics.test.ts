import { readFileSync } from 'node:fs';
import { createMetrics, type Metrics } from 'esim-usage-gateway/metrics';
import fc from 'fast-check';
import { register as globalRegister, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import {
  NotFoundError,
  RememberedError,
  ThrottledError,
  TimedOutError,
  TooManyRequestsError,
  UpstreamError,
  type UpstreamFault,
} from '../../src/errors.js';
import type { AnswerKind, OperationEnded, ServerEvent, UsageEvent } from '../../src/events.js';
import { EsimUsageProblemCode, EsimUsageStaleReason } from '../../src/generated/enums.js';
import type { EsimUsageState } from '../../src/state.js';
import { iccidNumber } from '../support/iccids.js';
import { createManualClock } from '../support/manual-clock.js';
import { seriesOf } from '../support/metric-series.js';

const iccid = iccidNumber(1);
const error = new UpstreamError('failing', 'answered 503', { delivery: 'answered' });
const minuteMs = 60_000;

const state: EsimUsageState = {
  company: { requests: 5, windowMs: 1_000, held: 3, waiting: 7, pausedForMs: 1_500 },
  breaker: 'half-open',
  fleet: 'lost',
  token: { ageMs: 2_000, leftMs: 86_388_000 },
  cache: { entries: 12, maxEntries: 100_000, freshMs: 20 * minuteMs, mostFresh: 6_000 },
};

/** The series that are not 0, but for what says which version runs. */
async function counted({ register }: Metrics): Promise<Record<string, number>> {
  const series = [...(await seriesOf(register))];
  return Object.fromEntries(
    series
      .filter(([name, value]) => value !== 0 && !name.startsWith('esim_usage_build_info'))
      .map(([name, value]) => [name.replace('esim_usage_', ''), value]),
  );
}

function ended(differing: Partial<OperationEnded>): OperationEnded {
  return {
    type: 'operation.ended',
    requestId: 'a-request',
    traceId: null,
    bug: null,
    name: 'Usage',
    kind: 'query',
    status: 200,
    code: null,
    tookMs: 3_000,
    answers: new Map(),
    ...differing,
  };
}

/** What is counted of some events, without the bounds of histograms. */
async function countOf(...events: (UsageEvent | ServerEvent)[]): Promise<Record<string, number>> {
  const metrics = createMetrics();
  for (const event of events) metrics.report(event);
  const all = Object.entries(await counted(metrics));
  return Object.fromEntries(all.filter(([name]) => !name.includes('_bucket')));
}

describe('the metrics of operations', () => {
  it.each([
    { status: 200, code: null, series: 'outcome="ok",status="2xx"' },
    { status: 400, code: 'BAD_USER_INPUT', series: 'outcome="BAD_USER_INPUT",status="4xx"' },
    { status: 500, code: 'INTERNAL_SERVER_ERROR', series: 'outcome="INTERNAL_SERVER_ERROR",status="5xx"' },
    { status: 200, code: 'A_CODE_OF_A_HOST', series: 'outcome="other",status="2xx"' },
    { status: 413, code: null, series: 'outcome="other",status="4xx"' },
  ])('count one that ended with $status and $code', async ({ status, code, series }) => {
    expect(await countOf(ended({ status, code }))).toEqual({
      [`requests_total{${series}}`]: 1,
      request_duration_seconds_sum: 3,
      request_duration_seconds_count: 1,
    });
  });

  it('count one whose client had gone, but not how long it took', async () => {
    expect(await countOf(ended({ status: null }))).toEqual({
      'requests_total{outcome="abandoned",status="none"}': 1,
    });
  });

  it('tell apart what was answered by the deadline and what was not', async () => {
    const metrics = createMetrics();
    metrics.report(ended({ tookMs: 8_000 }));
    metrics.report(ended({ tookMs: 9_001 }));
    expect(await counted(metrics)).toMatchObject({
      'request_duration_seconds_bucket{le="8"}': 1,
      'request_duration_seconds_bucket{le="9"}': 1,
      request_duration_seconds_count: 2,
    });
  });
});

describe('the metrics of a module', () => {
  it.each<{ event: UsageEvent; series: Record<string, number> }>([
    {
      event: { type: 'loader.answer', iccid, answer: 'stale THROTTLED' },
      series: { 'answers_total{answer="stale THROTTLED"}': 1 },
    },
    { event: { type: 'cache.join', iccid }, series: { 'cache_events_total{event="join"}': 1 } },
    {
      event: { type: 'cache.failure', iccid, error, forMs: 1_000 },
      series: { 'cache_events_total{event="failure"}': 1 },
    },
    {
      event: { type: 'scheduler.turn', iccid, waitedMs: 250 },
      series: { queue_wait_seconds_sum: 0.25, queue_wait_seconds_count: 1 },
    },
    {
      event: { type: 'scheduler.refused', iccid, retryAfterMs: 1_000 },
      series: { refusals_total: 1 },
    },
    {
      event: { type: 'scheduler.paused', iccid: null, error, forMs: 1_000 },
      series: { 'pauses_total{concerns="company"}': 1 },
    },
    {
      event: { type: 'scheduler.paused', iccid, error, forMs: 1_000 },
      series: { 'pauses_total{concerns="iccid"}': 1 },
    },
    { event: { type: 'scheduler.wait', iccid, ahead: 3 }, series: {} },
    {
      event: { type: 'breaker.opened', error, forMs: 1_000 },
      series: { 'breaker_events_total{event="opened"}': 1 },
    },
    { event: { type: 'fleet.hit', iccid }, series: { 'fleet_events_total{event="hit"}': 1 } },
    {
      event: { type: 'fleet.lost', detail: 'no answer' },
      series: { 'fleet_events_total{event="lost"}': 1 },
    },
    { event: { type: 'fleet.found' }, series: { 'fleet_events_total{event="found"}': 1 } },
    {
      event: { type: 'upstream.request', iccid },
      series: { 'upstream_calls_started_total{target="usage"}': 1 },
    },
    {
      event: { type: 'upstream.reply', iccid, status: 200, tookMs: 500 },
      series: {
        'upstream_calls_total{target="usage",outcome="2xx"}': 1,
        'upstream_call_duration_seconds_sum{target="usage"}': 0.5,
        'upstream_call_duration_seconds_count{target="usage"}': 1,
      },
    },
    {
      event: { type: 'upstream.reply', iccid, status: 999, tookMs: 0 },
      series: {
        'upstream_calls_total{target="usage",outcome="5xx"}': 1,
        'upstream_call_duration_seconds_count{target="usage"}': 1,
      },
    },
    {
      event: { type: 'upstream.lost', iccid, fault: 'unanswered' },
      series: { 'upstream_calls_total{target="usage",outcome="unanswered"}': 1 },
    },
    {
      event: { type: 'upstream.failed', iccid, error },
      series: { 'upstream_faults_total{fault="failing"}': 1 },
    },
    {
      event: { type: 'upstream.failed', iccid, error: new TooManyRequestsError('company', null) },
      series: { 'upstream_faults_total{fault="throttled"}': 1 },
    },
    { event: { type: 'upstream.retry', iccid, error }, series: { upstream_retries_total: 1 } },
    { event: { type: 'token.request' }, series: { 'upstream_calls_started_total{target="token"}': 1 } },
    {
      event: { type: 'token.reply', status: 429, tookMs: 500 },
      series: {
        'upstream_calls_total{target="token",outcome="4xx"}': 1,
        'upstream_too_many_requests_total{target="token"}': 1,
        'upstream_call_duration_seconds_sum{target="token"}': 0.5,
        'upstream_call_duration_seconds_count{target="token"}': 1,
      },
    },
    {
      event: { type: 'token.lost', fault: 'unreachable' },
      series: { 'upstream_calls_total{target="token",outcome="unreachable"}': 1 },
    },
    {
      event: { type: 'token.failed', error, retryAfterMs: 1_000 },
      series: { 'token_events_total{event="failed"}': 1 },
    },
  ])('count an event: $event.type', async ({ event, series }) => {
    expect(await countOf(event)).toEqual(series);
  });

  it('say from the start that there was no 429', async () => {
    const series = await seriesOf(createMetrics().register);
    expect(series.get('esim_usage_upstream_too_many_requests_total{target="usage"}')).toBe(0);
    expect(series.get('esim_usage_upstream_too_many_requests_total{target="token"}')).toBe(0);
  });

  it('show nothing of what a module holds before there is one', async () => {
    const names = [...(await seriesOf(createMetrics().register)).keys()];
    expect(names.filter((name) => /slots|queue_length|window|_state|iccids|readiness/.test(name))).toEqual(
      [],
    );
  });

  it('show what a module holds when they are read', async () => {
    const metrics = createMetrics();
    let now = state;
    metrics.watch({ state: () => now, readiness: () => 'degraded' });
    expect(await counted(metrics)).toEqual({
      slots: 5,
      slots_held: 3,
      window_seconds: 1,
      queue_length: 7,
      paused_seconds: 1.5,
      'breaker_state{state="half-open"}': 1,
      'fleet_state{state="lost"}': 1,
      token_age_seconds: 2,
      token_left_seconds: 86_388,
      cache_entries: 12,
      cache_max_entries: 100_000,
      iccids_ceiling: 6_000,
      'readiness{status="degraded"}': 1,
    });

    now = {
      ...state,
      company: { ...state.company, pausedForMs: null },
      breaker: 'closed',
      fleet: 'reached',
      token: null,
    };
    const series = await seriesOf(metrics.register);
    expect(series.get('esim_usage_paused_seconds')).toBe(0);
    expect(series.get('esim_usage_breaker_state{state="half-open"}')).toBe(0);
    expect(series.get('esim_usage_breaker_state{state="closed"}')).toBe(1);
    expect(series.get('esim_usage_fleet_state{state="lost"}')).toBe(0);
    expect(series.get('esim_usage_fleet_state{state="reached"}')).toBe(1);
    expect(series.has('esim_usage_token_age_seconds')).toBe(false);
  });

  it('count the calls of the window that ends now, those for tokens too', async () => {
    const clock = createManualClock();
    const metrics = createMetrics({ clock });
    const calls = async () => (await seriesOf(metrics.register)).get('esim_usage_window_calls');
    metrics.watch({ state: () => state });
    metrics.report({ type: 'token.request' });
    await clock.advance(600);
    metrics.report({ type: 'upstream.request', iccid });
    expect(await calls()).toBe(2);
    await clock.advance(400);
    expect(await calls()).toBe(1);
    await clock.advance(600);
    expect(await calls()).toBe(0);
  });

  it('count each ICCID once that was asked for while a reading is fresh', async () => {
    const clock = createManualClock();
    const metrics = createMetrics({ clock });
    const iccids = async () => (await seriesOf(metrics.register)).get('esim_usage_iccids');
    metrics.watch({ state: () => state });
    for (const number of [1, 2, 3, 2, 1])
      metrics.report({ type: 'loader.answer', iccid: iccidNumber(number), answer: 'cache' });
    metrics.report({ type: 'loader.answer', iccid: null, answer: 'problem INVALID_ICCID' });
    expect(await iccids()).toBe(3);
    await clock.advance(10 * minuteMs);
    metrics.report({ type: 'loader.answer', iccid: iccidNumber(2), answer: 'problem THROTTLED' });
    await clock.advance(10 * minuteMs);
    expect(await iccids()).toBe(3);
    await clock.advance(minuteMs);
    expect(await iccids()).toBe(1);
  });

  it('say which version runs', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const series = await seriesOf(createMetrics().register);
    expect(series.get(`esim_usage_build_info{version="${version}"}`)).toBe(1);
  });

  it('are registered where they are told to be, once, and never in the registry that all share', async () => {
    const register = new Registry();
    expect(createMetrics({ register }).register).toBe(register);
    expect(() => createMetrics({ register })).toThrow('already been registered');
    createMetrics();
    expect(globalRegister.getMetricsAsArray()).toEqual([]);
  });
});

describe('the metrics of who may ask', () => {
  it('count what was refused, and keys that could not be had', async () => {
    expect(
      await countOf(
        { type: 'loader.refused', iccid },
        { type: 'auth.unavailable', detail: 'TypeError' },
        ended({ status: 401, code: 'UNAUTHENTICATED' }),
      ),
    ).toMatchObject({
      'loader_events_total{event="refused"}': 1,
      'auth_events_total{event="unavailable"}': 1,
      'requests_total{outcome="UNAUTHENTICATED",status="4xx"}': 1,
    });
  });
});

describe('the labels', () => {
  const anyIccid = fc.integer({ min: 0, max: 10_000 }).map(iccidNumber);
  const anyText = fc.string();
  const anyFault = fc.constantFrom<UpstreamFault[]>(
    'unreachable',
    'unanswered',
    'protocol',
    'failing',
    'garbled',
    'unauthorized',
    'forbidden',
  );
  const anyError = fc.oneof(
    fc
      .tuple(anyFault, anyText)
      .map(([fault, text]) => new UpstreamError(fault, text, { delivery: 'answered' })),
    fc.constantFrom(
      new NotFoundError(),
      new ThrottledError(1),
      new TimedOutError(1),
      new TooManyRequestsError('iccid', 1),
      new RememberedError(error, 1),
    ),
  );
  const anyMs = fc.nat();
  const anyStatus = fc.integer({ min: 0, max: 1_000 });
  const anyAnswer = fc.constantFrom<AnswerKind[]>(
    'cache',
    'upstream',
    ...Object.values(EsimUsageStaleReason).map((reason) => `stale ${reason}` as const),
    ...Object.values(EsimUsageProblemCode).map((code) => `problem ${code}` as const),
  );
  const ofIccid = <Type extends string>(...types: Type[]) =>
    fc.record({ type: fc.constantFrom(...types), iccid: anyIccid });
  const anyEvent: fc.Arbitrary<UsageEvent | ServerEvent> = fc.oneof(
    fc.record({
      type: fc.constant('operation.ended' as const),
      requestId: anyText,
      traceId: fc.option(anyText),
      bug: fc.constantFrom(null, error),
      name: fc.option(anyText),
      kind: fc.constantFrom('query', 'mutation', 'subscription', null),
      status: fc.option(anyStatus),
      code: fc.option(fc.oneof(anyText, fc.constantFrom('BAD_USER_INPUT', 'constructor', '__proto__'))),
      tookMs: anyMs,
      answers: fc.constant(new Map()),
    }),
    fc.record({
      type: fc.constant('loader.answer' as const),
      iccid: fc.option(anyIccid),
      answer: anyAnswer,
    }),
    ofIccid('cache.hit', 'cache.miss', 'cache.join', 'cache.fill', 'cache.refresh', 'upstream.request'),
    ofIccid('fleet.hit'),
    fc.record({ type: fc.constant('fleet.lost' as const), detail: anyText }),
    fc.record({
      type: fc.constant('upstream.reply' as const),
      iccid: anyIccid,
      status: anyStatus,
      tookMs: anyMs,
    }),
    fc.record({ type: fc.constant('upstream.lost' as const), iccid: anyIccid, fault: anyFault }),
    fc.record({
      type: fc.constantFrom('upstream.failed' as const, 'upstream.retry' as const),
      iccid: anyIccid,
      error: anyError,
    }),
    fc.record({ type: fc.constant('upstream.businessCode' as const), iccid: anyIccid, code: anyStatus }),
    fc.record({ type: fc.constant('upstream.statusUnknown' as const), iccid: anyIccid, statusCode: anyText }),
    fc.record({
      type: fc.constant('scheduler.paused' as const),
      iccid: fc.option(anyIccid),
      error: anyError,
      forMs: anyMs,
    }),
    fc.record({ type: fc.constant('scheduler.turn' as const), iccid: anyIccid, waitedMs: anyMs }),
    fc.record({ type: fc.constant('token.reply' as const), status: anyStatus, tookMs: anyMs }),
    fc.record({ type: fc.constant('token.lost' as const), fault: anyFault }),
    fc.record({ type: fc.constant('token.failed' as const), error: anyError, retryAfterMs: anyMs }),
  );

  it('have no value that was not there before anything happened, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 100 }), async (events) => {
        const metrics = createMetrics();
        metrics.watch({ state: () => state, readiness: () => 'ready' });
        const before = [...(await seriesOf(metrics.register)).keys()];
        for (const event of events) metrics.report(event);
        expect([...(await seriesOf(metrics.register)).keys()]).toEqual(before);
      }),
    );
  });
});
