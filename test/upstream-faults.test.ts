import { fleetIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { type FaultyGateway, startFaultyGateway } from './support/start-faulty-gateway.js';
import { type Bend, type UpstreamFault, upstreamFaults } from './support/upstream-faults.js';
import { problem, reading } from './support/usage-answers.js';

const [iccid = '', ...others] = fleetIccids(40);
const [other = ''] = others;

function named(name: string): UpstreamFault {
  const found = upstreamFaults.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no such fault: ${name}`);
  return found;
}

const silent = [
  ['U2', 'no headers'],
  ['U3', 'headers and no body'],
  ['U3', 'half a body'],
  ['U3', 'a body that trickles'],
] as const;
const cut = [
  ['U4', 'a reset before the headers'],
  ['U4', 'an end before the headers'],
  ['U4', 'a reset after the headers'],
  ['U4', 'an end after the headers'],
  ['U4', 'a reset within the body'],
  ['U4', 'a body that is cut short'],
  ['U4', 'a chunked body that is cut short'],
] as const;
const failing = [
  ['U6', '500'],
  ['U6', '503'],
  ['U6', '504'],
] as const;

/** Ordinary answers that take that much longer. */
function late({ clock }: FaultyGateway, ms: number): Bend {
  return () =>
    new Promise((resolve) => {
      clock.after(ms, () => resolve(undefined));
    });
}

/** How many events of that type were reported. */
function count({ events }: FaultyGateway, type: string): number {
  return events.filter((event) => event.type === type).length;
}

describe('an upstream that does not answer to the end', () => {
  it('U2 no headers is TIMED_OUT at the deadline, after one call; when that is given up, its end is waited for', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall(named('no headers'));
    expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
    await gateway.wire.pass(2_100);
    await gateway.befall(null);
    // The question may still be lying there, and be read: so another one for the same eSIM would count twice.
    expect(await gateway.askFor(iccid, 0)).toEqual(problem(iccid, 'UNAVAILABLE', 20));
    expect(gateway.usageCalls()).toEqual([iccid]);
    await gateway.wire.pass(20_000);
    expect(await gateway.askFor(iccid)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toEqual([iccid, iccid]);
  });

  it.each(silent.slice(1))(
    '%s %s is TIMED_OUT at the deadline, after one call, and nothing is kept of it',
    async (_id, name) => {
      const gateway = await startFaultyGateway();
      await gateway.befall(named(name));
      expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
      await gateway.wire.pass(10_000);
      expect(gateway.usageCalls()).toEqual([iccid]);

      await gateway.befall(null);
      expect(await gateway.askFor(iccid)).toEqual(reading(iccid));
      expect(gateway.usageCalls()).toEqual([iccid, iccid]);
    },
  );

  it('U2 an answer that comes after the deadline and within the call’s own 10 seconds is kept', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall({ usage: late(gateway, 9_000) });
    expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
    await gateway.wire.pass(1_500);
    expect(await gateway.askFor(iccid, 0)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toEqual([iccid]);
  });

  it('U2 who asks again while the call is under way waits for it, and costs none', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall({ usage: late(gateway, 9_000) });
    expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
    expect(await gateway.askFor(iccid, 1_500)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toEqual([iccid]);
  });
});

describe('a token endpoint that takes its time', () => {
  it('is waited for as long as the deadline allows', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall({ token: late(gateway, 7_000) });
    expect(await gateway.askFor(iccid)).toEqual(reading(iccid));
  });

  it('is TIMED_OUT at the deadline, and has the token for those who come back', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall({ token: late(gateway, 9_000) });
    expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
    expect(await gateway.askFor(iccid, 1_200)).toEqual(reading(iccid));
    expect(gateway.wire.arrivedMs).toHaveLength(2);
  });

  it('is given up after 10 seconds, and not asked again for 20', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall(named('a token request without an answer'));
    expect(await gateway.askFor(iccid)).toEqual(problem(iccid, 'TIMED_OUT', 1));
    await gateway.wire.pass(2_000);
    expect(await gateway.askFor(iccid, 0)).toEqual(problem(iccid, 'UNAVAILABLE', 20));
    await gateway.befall(null);
    await gateway.wire.pass(19_950);
    expect(await gateway.askFor(iccid, 0)).toEqual(problem(iccid, 'UNAVAILABLE', 1));
    await gateway.wire.pass(50);
    expect(await gateway.askFor(iccid)).toEqual(reading(iccid));
    // Two for a token, and one for a reading.
    expect(gateway.wire.arrivedMs).toHaveLength(3);
  });
});

describe('an upstream whose answers are cut off, or that fails', () => {
  it.each([...cut, ...failing])('%s %s is asked once more, and then UNAVAILABLE', async (_id, name) => {
    const gateway = await startFaultyGateway();
    await gateway.befall(named(name));
    expect(await gateway.askFor(iccid, 200)).toEqual(problem(iccid, 'UNAVAILABLE', 1));
    expect(gateway.usageCalls()).toEqual([iccid, iccid]);
    expect(count(gateway, 'upstream.retry')).toBe(1);
  });

  it.each([...cut, ...failing])('%s %s only once is a reading all the same', async (_id, name) => {
    const gateway = await startFaultyGateway();
    const { usage } = named(name);
    await gateway.befall({ usage: (exchange, nth) => (nth === 0 ? usage?.(exchange, nth) : undefined) });
    expect(await gateway.askFor(iccid, 200)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toEqual([iccid, iccid]);
    expect(await gateway.askFor(iccid, 0)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toHaveLength(2);
  });

  it.each(cut)('%s nothing is kept of %s: who asks next is asked for anew', async (_id, name) => {
    const gateway = await startFaultyGateway();
    await gateway.befall(named(name));
    await gateway.askFor(iccid, 200);
    expect(count(gateway, 'cache.failure')).toBe(0);
    await gateway.befall(null);
    expect(await gateway.askFor(iccid, 200)).toEqual(reading(iccid));
    expect(gateway.usageCalls()).toHaveLength(3);
  });

  it.each(failing)('%s a %s is remembered for a second, doubling to 30', async (_id, name) => {
    // So often that the ICCID's own limit would come in between.
    const gateway = await startFaultyGateway({ module: { iccidRequests: 100 } });
    await gateway.askFor(other);
    await gateway.befall(named(name));
    for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      expect(await gateway.askFor(iccid, 200)).toEqual(problem(iccid, 'UNAVAILABLE', seconds));
      // Known 100 ms ago, after the second call of two.
      await gateway.wire.pass(seconds * 1_000 - 150);
      expect(await gateway.askFor(iccid, 50)).toEqual(problem(iccid, 'UNAVAILABLE', 1));
      expect(gateway.usageCalls()).toHaveLength(1 + 2 * (index + 1));
    }
  });

  it('U6 a 503 with a Retry-After silences the whole company for so long, and is honest about it', async () => {
    const gateway = await startFaultyGateway();
    await gateway.befall(named('503 for 30 seconds'));
    expect(await gateway.askFor(iccid, 100)).toEqual(problem(iccid, 'UNAVAILABLE', 30));
    await gateway.befall(null);
    // Who comes back with 8 seconds to wait need not wait for all of the 30.
    expect(await gateway.askFor(other, 0)).toEqual(problem(other, 'UNAVAILABLE', 23));
    await gateway.wire.pass(23_000);
    expect(await gateway.askFor(other)).toEqual(reading(other));
    const [, first = 0, second = 0, ...more] = gateway.wire.arrivedMs;
    expect([second - first, more]).toEqual([50 + 30_000, []]);
  });

  it('U6 a 503 with a Retry-After within the deadline is asked again after it, and not before', async () => {
    const gateway = await startFaultyGateway();
    const { usage } = named('503 for 2 seconds');
    await gateway.befall({ usage: (exchange, nth) => (nth === 0 ? usage?.(exchange, nth) : undefined) });
    expect(await gateway.askFor(iccid)).toEqual(reading(iccid));
    const [, first = 0, second = 0] = gateway.wire.arrivedMs;
    expect(second - first).toBe(50 + 2_000);
  });

  it('U4, U6 there is no second call when no slot is free in time', async () => {
    const gateway = await startFaultyGateway({ module: { companyRequests: 1, deadlineMs: 2_000 } });
    await gateway.befall(named('a reset before the headers'));
    // The token takes the only slot first.
    expect(await gateway.askFor(iccid, 2_000)).toEqual(problem(iccid, 'UNAVAILABLE', 1));
    expect(gateway.usageCalls()).toEqual([iccid]);
  });

  it('U4, U6 there are second calls for ten readings, and then for one in ten that succeed', async () => {
    const gateway = await startFaultyGateway({ module: { breakerFailures: 1_000 } });
    async function askAll(iccids: readonly string[]): Promise<number> {
      const before = gateway.usageCalls().length;
      for (const each of iccids) await gateway.askFor(each, 2_000);
      return gateway.usageCalls().length - before;
    }
    await gateway.befall(named('500'));
    expect(await askAll(others.slice(0, 12))).toBe(12 + 10);
    await gateway.befall(null);
    expect(await askAll(others.slice(12, 32))).toBe(20);
    await gateway.befall(named('500'));
    expect(await askAll(others.slice(32, 36))).toBe(4 + 2);
  });
});

describe('the circuit breaker', () => {
  const rows = [
    ...silent.map((row) => [...row, 10_100] as const),
    ...[...cut, ...failing].map((row) => [...row, 200] as const),
  ];
  const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = others;

  it.each(rows)(
    '%s %s counts: after five eSIMs nothing is sent for 10 seconds, and then one call',
    async (_id, name, knownAfterMs) => {
      const gateway = await startFaultyGateway();
      await gateway.befall(named(name));
      for (const each of [first, second, third, fourth]) {
        await gateway.askFor(each, knownAfterMs);
        // Until the last of its slots is free again.
        await gateway.wire.pass(4_000);
      }
      expect(count(gateway, 'breaker.opened')).toBe(0);
      await gateway.askFor(fifth, knownAfterMs);
      expect(count(gateway, 'breaker.opened')).toBe(1);

      const calls = gateway.usageCalls().length;
      expect(await gateway.askFor(sixth, 0)).toEqual(problem(sixth, 'UNAVAILABLE', 10));
      await gateway.wire.pass(9_000);
      expect(await gateway.askFor(sixth, 0)).toEqual(problem(sixth, 'UNAVAILABLE', 1));
      expect(gateway.usageCalls()).toHaveLength(calls);

      await gateway.befall(null);
      await gateway.wire.pass(1_000);
      expect(await gateway.askFor(sixth, 100)).toEqual(reading(sixth));
      expect(gateway.usageCalls()).toHaveLength(calls + 1);
      expect(count(gateway, 'breaker.probe')).toBe(1);
      expect(count(gateway, 'breaker.closed')).toBe(1);
    },
  );
});
