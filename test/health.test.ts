import { fleetIccids, type WholeReply } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import {
  NotFoundError,
  RememberedError,
  ThrottledError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
} from '../src/errors.js';
import type { UsageEvent } from '../src/events.js';
import { createHealth } from '../src/health.js';
import { iccidOf } from './support/iccids.js';
import { createManualClock } from './support/manual-clock.js';
import { startGateway } from './support/start-gateway.js';

const [first = '', second = '', third = ''] = fleetIccids(3);
const iccid = iccidOf(first);
const usage =
  'query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { __typename ... on EsimUsageProblem { code } } }';
const unavailable = {
  status: 200,
  body: { data: { esimUsage: { __typename: 'EsimUsageProblem', code: 'UNAVAILABLE' } } },
};
const ready = { status: 200, body: { status: 'ready' } };
const notReady = (fault: string) => ({ status: 503, body: { status: 'not ready', fault } });
const refusedUs = 'the upstream refuses our credentials or our address';
const refusedTokens = 'the upstream refuses our tokens';

function reply(status: number): WholeReply {
  return { kind: 'whole', status, headers: { 'content-type': 'text/html' }, body: 'upstream secret' };
}

function failed(type: 'token.failed' | 'upstream.failed', error: UpstreamError): UsageEvent {
  return type === 'token.failed' ? { type, error, retryAfterMs: 60_000 } : { type, iccid, error };
}

describe('readiness', () => {
  const forbidden = new UpstreamError('forbidden', 'answered 403', { delivery: 'answered' });
  const unauthorized = new UnauthorizedError('a new token was refused', 'answered');

  it('is given when nothing has happened yet', () => {
    expect(createHealth(createManualClock()).fault()).toBeNull();
  });

  it.each([
    { event: failed('token.failed', forbidden), fault: refusedUs },
    { event: failed('upstream.failed', forbidden), fault: refusedUs },
    { event: failed('token.failed', unauthorized), fault: refusedTokens },
  ])('is lost for 60 seconds: $fault ($event.type)', async ({ event, fault }) => {
    const clock = createManualClock();
    const health = createHealth(clock);
    health.report(event);
    expect(health.fault()).toBe(fault);
    await clock.advance(59_999);
    expect(health.fault()).toBe(fault);
    await clock.advance(1);
    expect(health.fault()).toBeNull();
  });

  it('is lost for another 60 seconds when it happens again', async () => {
    const clock = createManualClock();
    const health = createHealth(clock);
    health.report(failed('upstream.failed', forbidden));
    await clock.advance(59_999);
    health.report(failed('upstream.failed', forbidden));
    await clock.advance(59_999);
    expect(health.fault()).toBe(refusedUs);
  });

  it('is lost for good when the gateway ends', () => {
    const health = createHealth(createManualClock());
    health.report(failed('upstream.failed', forbidden));
    health.end();
    health.report({ type: 'cache.fill', iccid });
    expect(health.fault()).toBe('this gateway is ending');
  });

  it('is back with the first reading', () => {
    const health = createHealth(createManualClock());
    health.report(failed('upstream.failed', forbidden));
    health.report({ type: 'cache.fill', iccid });
    expect(health.fault()).toBeNull();
  });

  it.each([
    // The first refusal of a token is repaired by a new one.
    failed('upstream.failed', unauthorized),
    ...(['unreachable', 'unanswered', 'protocol', 'failing', 'garbled'] as const).flatMap((fault) => {
      const error = new UpstreamError(fault, 'detail', { delivery: 'answered' });
      return [failed('upstream.failed', error), failed('token.failed', error)];
    }),
  ])('is not lost by what passes by itself: $type, $error.message', (event) => {
    const health = createHealth(createManualClock());
    health.report(event);
    expect(health.fault()).toBeNull();
  });

  it.each([
    new NotFoundError(),
    new ThrottledError(1_000),
    new TooManyRequestsError('company', 1_000),
    new RememberedError(forbidden, 1_000),
  ])('is not lost by a failure that is not the upstream’s: $name', (error) => {
    const health = createHealth(createManualClock());
    health.report({ type: 'token.failed', error, retryAfterMs: 1_000 });
    expect(health.fault()).toBeNull();
  });
});

describe('the health of a gateway over HTTP', () => {
  it('is live and ready from the start', async () => {
    const { send, simulator } = await startGateway();
    expect(await send('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    expect(await send('/health/ready')).toEqual(ready);
    expect(simulator.arrivals).toEqual([]);
  });

  it('is live and not ready for 60 seconds when our credentials are refused', async () => {
    const clock = createManualClock();
    const { ask, send } = await startGateway({ clock, module: { clientSecret: 'another secret' } });
    expect(await ask(usage, { iccid })).toEqual(unavailable);
    expect(await send('/health/ready')).toEqual(notReady(refusedUs));
    expect(await send('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    await clock.advance(60_000);
    expect(await send('/health/ready')).toEqual(ready);
  });

  it('U20 when a new token is refused, too, nothing is sent for 60 seconds, and the gateway is not ready', async () => {
    const clock = createManualClock();
    const { ask, bendUsage, send, simulator } = await startGateway({ clock });
    bendUsage(() => reply(401));
    expect(await ask(usage, { iccid })).toEqual(unavailable);
    const sent = simulator.arrivals.map(({ kind }) => kind);
    expect(sent).toEqual(['token', 'usage', 'token', 'usage']);
    expect(await send('/health/ready')).toEqual(notReady(refusedTokens));

    await clock.advance(59_999);
    expect(await ask(usage, { iccid })).toEqual(unavailable);
    expect(await ask(usage, { iccid: second })).toEqual(unavailable);
    expect(simulator.arrivals).toHaveLength(4);
    expect(await send('/health/ready')).toEqual(notReady(refusedTokens));

    await clock.advance(1);
    simulator.intercept(undefined);
    expect(await send('/health/ready')).toEqual(ready);
    expect(await ask(usage, { iccid: third })).toEqual({
      status: 200,
      body: { data: { esimUsage: { __typename: 'EsimUsage' } } },
    });
  });

  it('U21 when our address is refused no token is renewed, the eSIM is not asked for again for 60 seconds, and the gateway is not ready', async () => {
    const clock = createManualClock();
    const { ask, bendUsage, send, simulator } = await startGateway({ clock });
    bendUsage(() => reply(403));
    expect(await ask(usage, { iccid })).toEqual(unavailable);
    expect(await send('/health/ready')).toEqual(notReady(refusedUs));
    await clock.advance(59_999);
    expect(await ask(usage, { iccid })).toEqual(unavailable);
    expect(await send('/health/ready')).toEqual(notReady(refusedUs));
    expect(simulator.arrivals.map(({ kind }) => kind)).toEqual(['token', 'usage']);

    await clock.advance(1);
    simulator.intercept(undefined);
    expect(await send('/health/ready')).toEqual(ready);
    expect(await ask(usage, { iccid })).toEqual({
      status: 200,
      body: { data: { esimUsage: { __typename: 'EsimUsage' } } },
    });
    expect(simulator.arrivals.map(({ kind }) => kind)).toEqual(['token', 'usage', 'usage']);
  });

  it('is ready again at once when a reading comes', async () => {
    const { ask, bendUsage, send, simulator } = await startGateway();
    bendUsage(() => reply(403));
    await ask(usage, { iccid });
    expect(await send('/health/ready')).toEqual(notReady(refusedUs));
    simulator.intercept(undefined);
    await ask(usage, { iccid: second });
    expect(await send('/health/ready')).toEqual(ready);
  });
});
