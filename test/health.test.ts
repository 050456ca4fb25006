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
import { createHealth, type Lack } from '../src/health.js';
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
const degraded = (...reasons: Lack[]) => ({ status: 200, body: { status: 'degraded', reasons } });
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
    expect(createHealth(createManualClock()).readiness()).toEqual(ready.body);
  });

  it.each([
    { event: failed('token.failed', forbidden), fault: refusedUs },
    { event: failed('upstream.failed', forbidden), fault: refusedUs },
    { event: failed('token.failed', unauthorized), fault: refusedTokens },
  ])('is lost for 60 seconds: $fault ($event.type)', async ({ event, fault }) => {
    const clock = createManualClock();
    const health = createHealth(clock);
    health.report(event);
    expect(health.readiness()).toEqual(notReady(fault).body);
    await clock.advance(59_999);
    expect(health.readiness()).toEqual(notReady(fault).body);
    await clock.advance(1);
    expect(health.readiness().status).not.toBe('not ready');
  });

  it('is lost for another 60 seconds when it happens again', async () => {
    const clock = createManualClock();
    const health = createHealth(clock);
    health.report(failed('upstream.failed', forbidden));
    await clock.advance(59_999);
    health.report(failed('upstream.failed', forbidden));
    await clock.advance(59_999);
    expect(health.readiness()).toEqual(notReady(refusedUs).body);
  });

  it('is lost for good when the gateway ends', () => {
    const health = createHealth(createManualClock());
    health.report(failed('upstream.failed', forbidden));
    health.end();
    health.report({ type: 'cache.fill', iccid });
    expect(health.readiness()).toEqual({ status: 'not ready', fault: 'this gateway is ending' });
  });

  it('is back with the first reading', () => {
    const health = createHealth(createManualClock());
    health.report(failed('upstream.failed', forbidden));
    health.report({ type: 'cache.fill', iccid });
    expect(health.readiness()).toEqual(ready.body);
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
    expect(health.readiness().status).not.toBe('not ready');
  });

  it.each([
    new NotFoundError(),
    new ThrottledError(1_000),
    new TooManyRequestsError('company', 1_000),
    new RememberedError(forbidden, 1_000),
  ])('is not lost by a failure that is not the upstream’s: $name', (error) => {
    const health = createHealth(createManualClock());
    health.report({ type: 'token.failed', error, retryAfterMs: 1_000 });
    expect(health.readiness().status).not.toBe('not ready');
  });
});

describe('a gateway that is degraded', () => {
  const failing = new UpstreamError('failing', 'answered 503', { delivery: 'answered' });

  it('has an open circuit breaker, until it closes', () => {
    const health = createHealth(createManualClock());
    health.report({ type: 'breaker.opened', error: failing, forMs: 10_000 });
    expect(health.readiness()).toEqual(degraded('breaker open').body);
    health.report({ type: 'breaker.closed' });
    expect(health.readiness()).toEqual(ready.body);
  });

  it('was paused by the upstream, until the last pause ends', async () => {
    const clock = createManualClock();
    const health = createHealth(clock);
    for (const forMs of [30_000, 2_000])
      health.report({ type: 'scheduler.paused', iccid: null, error: failing, forMs });
    await clock.advance(29_999);
    expect(health.readiness()).toEqual(degraded('paused by the upstream').body);
    await clock.advance(1);
    expect(health.readiness()).toEqual(ready.body);
  });

  it('is not one whose calls for one eSIM were paused', () => {
    const health = createHealth(createManualClock());
    health.report({ type: 'scheduler.paused', iccid, error: failing, forMs: 30_000 });
    expect(health.readiness()).toEqual(ready.body);
  });

  it('has no token and could not get one, until one comes', async () => {
    const clock = createManualClock();
    const health = createHealth(clock);
    health.report(failed('token.failed', failing));
    expect(health.readiness()).toEqual(degraded('no token').body);
    health.report({ type: 'token.renewed', lifetimeMs: 60_000 });
    expect(health.readiness()).toEqual(ready.body);

    // The old one serves meanwhile.
    health.report(failed('token.failed', failing));
    expect(health.readiness()).toEqual(ready.body);
    await clock.advance(60_000);
    expect(health.readiness()).toEqual(degraded('no token').body);
  });

  it('has no token after it was refused and no other came', () => {
    const health = createHealth(createManualClock());
    health.report({ type: 'token.renewed', lifetimeMs: 60_000 });
    health.report({ type: 'token.rejected' });
    expect(health.readiness()).toEqual(ready.body);
    health.report(failed('token.failed', failing));
    expect(health.readiness()).toEqual(degraded('no token').body);
  });

  it('has lost what its fleet shares, until that is found, however often it is told', () => {
    const health = createHealth(createManualClock());
    for (let minute = 0; minute < 2; minute += 1) health.report({ type: 'fleet.lost', detail: 'no answer' });
    expect(health.readiness()).toEqual(degraded('shared state lost').body);
    health.report({ type: 'fleet.found' });
    expect(health.readiness()).toEqual(ready.body);
  });

  it('says all that it lacks, and nothing of it when it is not even ready', () => {
    const health = createHealth(createManualClock());
    health.report({ type: 'breaker.opened', error: failing, forMs: 10_000 });
    health.report({ type: 'scheduler.paused', iccid: null, error: failing, forMs: 30_000 });
    health.report(failed('token.failed', failing));
    health.report({ type: 'fleet.lost', detail: 'no answer' });
    expect(health.readiness()).toEqual(
      degraded('breaker open', 'paused by the upstream', 'no token', 'shared state lost').body,
    );
    health.report(failed('upstream.failed', new UpstreamError('forbidden', '403', { delivery: 'answered' })));
    expect(health.readiness()).toEqual(notReady(refusedUs).body);
  });
});

describe('the health of a gateway over HTTP', () => {
  it('is ready and degraded, with the reasons, while the circuit breaker is open', async () => {
    const { ask, bendUsage, send } = await startGateway({ module: { breakerFailures: 1 } });
    bendUsage(() => reply(500));
    await ask(usage, { iccid });
    expect(await send('/health/ready')).toEqual(degraded('breaker open'));
  });

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
    expect(await send('/health/ready')).toEqual(degraded('no token'));
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
    expect(await send('/health/ready')).toEqual(degraded('no token'));
    expect(await ask(usage, { iccid: third })).toEqual({
      status: 200,
      body: { data: { esimUsage: { __typename: 'EsimUsage' } } },
    });
    expect(await send('/health/ready')).toEqual(ready);
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
