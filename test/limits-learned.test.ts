import { fleetIccids, type Reply } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import {
  type FaultyGateway,
  type FaultyGatewayOptions,
  startFaultyGateway,
} from './support/start-faulty-gateway.js';
import type { Bend } from './support/upstream-faults.js';
import { problem, reading } from './support/usage-answers.js';

const [first = '', ...others] = fleetIccids(40);
const [second = '', third = ''] = others;

/** A 429 with no headers but these: the simulator would send its own `Date`. */
function tooMany(headers: Readonly<Record<string, string>>): Reply {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    kind: 'raw',
    bytes: `HTTP/1.1 429 Too Many Requests\r\n${lines.join('')}Content-Length: 0\r\n\r\n`,
  };
}

/** Only the first request is one too many. */
function once(headers: Readonly<Record<string, string>>): Bend {
  return (_exchange, nth) => (nth === 0 ? tooMany(headers) : undefined);
}

/** A gateway that has its token, and has asked for nothing in the second before. */
async function start(module: FaultyGatewayOptions['module'] = {}): Promise<FaultyGateway> {
  const gateway = await startFaultyGateway({ module });
  await gateway.askFor(others.at(-1) ?? '', 4_000);
  return gateway;
}

/** How long each pause was said to be, oldest first. */
function pausesOf({ events }: FaultyGateway): number[] {
  return events.flatMap((event) => (event.type === 'scheduler.paused' ? [event.forMs] : []));
}

/** How long after the one before it each request arrived, but for the token and the first reading. */
function gapsOf({ wire }: FaultyGateway): number[] {
  const [, , ...arrivals] = wire.arrivedMs;
  return arrivals.slice(1).map((atMs, index) => atMs - (arrivals[index] ?? Number.NaN));
}

describe('a 429 for the company', () => {
  it('U27 with a Retry-After is asked again when that has passed, and is a reading if there is time', async () => {
    const gateway = await start();
    await gateway.befall({ usage: once({ 'Retry-After': '3' }) });
    expect(await gateway.askFor(first)).toEqual(reading(first));
    expect(gapsOf(gateway)).toEqual([50 + 3_000]);
    expect(pausesOf(gateway)).toEqual([3_000]);
  });

  it('U27 keeps everybody back for so long, and nobody longer', async () => {
    const gateway = await start({ companyRequests: 1 });
    await gateway.befall({ usage: once({ 'Retry-After': '3' }) });
    expect(await gateway.askForEach([first, second, third])).toEqual(
      [first, second, third].map((each) => reading(each)),
    );
    expect(gapsOf(gateway)).toEqual([50 + 3_000, 50 + 1_000, 50 + 1_000]);
  });

  it('U27 is THROTTLED at once for whoever cannot make the deadline, and honest about when to come back', async () => {
    const gateway = await start();
    await gateway.befall({ usage: once({ 'Retry-After': '30' }) });
    expect(await gateway.askFor(first, 50)).toEqual(problem(first, 'THROTTLED', 23));
    expect(await gateway.askFor(second, 0)).toEqual(problem(second, 'THROTTLED', 23));
    expect(gateway.usageCalls()).toHaveLength(2);
    expect(gateway.events.filter(({ type }) => type === 'cache.failure')).toEqual([]);

    await gateway.wire.pass(23_000);
    expect(await gateway.askFor(first)).toEqual(reading(first));
    expect(await gateway.askFor(second)).toEqual(reading(second));
    expect(gapsOf(gateway)[0]).toBe(50 + 30_000);
  });

  it('U28 without a Retry-After pauses for a second, doubling to a minute, and for a second again after a reading', async () => {
    const gateway = await start();
    await gateway.befall({ usage: () => tooMany({}) });
    expect(await gateway.askFor(first)).toEqual(problem(first, 'THROTTLED', 2));
    expect(pausesOf(gateway)).toEqual([1_000, 2_000]);
    for (const each of others.slice(0, 6)) {
      await gateway.askFor(each);
      await gateway.wire.pass(60_000);
    }
    expect(pausesOf(gateway).map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);

    await gateway.befall({ usage: (_exchange, nth) => (nth === 1 ? tooMany({}) : undefined) });
    const before = pausesOf(gateway).length;
    expect(await gateway.askFor(first)).toEqual(reading(first));
    expect(await gateway.askFor(second)).toEqual(reading(second));
    expect(pausesOf(gateway).slice(before)).toEqual([1_000]);
  });

  it.each<[text: string, headers: Readonly<Record<string, string>>, pauseMs: number]>([
    ['a date', { 'Retry-After': 'Thu, 01 Jan 2026 00:00:10 GMT' }, 4_950],
    [
      'a date, by a clock that is years ahead',
      { Date: 'Fri, 01 Jan 2038 00:00:00 GMT', 'Retry-After': 'Fri, 01 Jan 2038 00:00:05 GMT' },
      5_000,
    ],
    [
      'a date, by a clock that is an hour behind',
      { Date: 'Wed, 31 Dec 2025 23:00:00 GMT', 'Retry-After': 'Wed, 31 Dec 2025 23:00:05 GMT' },
      5_000,
    ],
    ['a date that has passed', { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 1_000],
    ['-5', { 'Retry-After': '-5' }, 1_000],
    ['0', { 'Retry-After': '0' }, 1_000],
    ['"soon"', { 'Retry-After': 'soon' }, 1_000],
    ['nothing', { 'Retry-After': '' }, 1_000],
    ['1e9', { 'Retry-After': '1e9' }, 60_000],
    ['a date far off', { 'Retry-After': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 60_000],
  ])('U29 a Retry-After of %s', async (_text, headers, pauseMs) => {
    const gateway = await start();
    await gateway.befall({ usage: once(headers) });
    await gateway.askFor(first);
    expect(pausesOf(gateway)).toEqual([pauseMs]);
    // At the latest for the one who comes when it is over.
    await gateway.wire.pass(Math.max(0, pauseMs - 8_000));
    expect(await gateway.askFor(first)).toEqual(reading(first));
    expect(gapsOf(gateway)).toEqual([50 + pauseMs]);
  });
});

describe('a 429 for one ICCID', () => {
  const itsOwn = { 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '0' };

  it('U30 backs that one off for a minute, and the others go on', async () => {
    const gateway = await start();
    await gateway.befall({ usage: once({ ...itsOwn, 'Retry-After': '7' }) });
    expect(await gateway.askFor(first, 50)).toEqual(problem(first, 'THROTTLED', 53));
    expect(await gateway.askFor(second, 50)).toEqual(reading(second));
    await gateway.wire.pass(50_000);
    expect(await gateway.askFor(first, 0)).toEqual(problem(first, 'THROTTLED', 3));
    expect(await gateway.askFor(third, 50)).toEqual(reading(third));

    await gateway.wire.pass(3_000);
    expect(await gateway.askFor(first)).toEqual(reading(first));
    expect(gateway.usageCalls().slice(1)).toEqual([first, second, third, first]);
    expect(gapsOf(gateway).reduce((sum, gap) => sum + gap, 0)).toBe(50 + 60_000);
  });

  it('U30 is told from the company’s by the number that the header names', async () => {
    const gateway = await start();
    await gateway.befall({ usage: once({ 'X-RateLimit-Limit': '5', 'Retry-After': '30' }) });
    expect(await gateway.askFor(first, 50)).toEqual(problem(first, 'THROTTLED', 23));
    expect(await gateway.askFor(second, 0)).toEqual(problem(second, 'THROTTLED', 23));
  });
});
