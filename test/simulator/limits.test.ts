import { describe, expect, it } from 'vitest';
import { fleetIccids } from '../../src/simulator/fleet.js';
import type { WindowKind } from '../../src/simulator/simulator.js';
import { type Answer, authorizedReader, readUsage, requestToken } from './requests.js';
import { startMs, startSimulator } from './start-simulator.js';

const oneIccid = '8999900000000000000';

/** A 429 with its headers, as far as they tell of the limit. */
function refusalOf({ status, headers, body }: Answer) {
  return {
    status,
    body,
    retryAfter: headers.get('retry-after'),
    limit: headers.get('x-ratelimit-limit'),
    remaining: headers.get('x-ratelimit-remaining'),
    reset: headers.get('x-ratelimit-reset'),
  };
}

function tooManyAttempts(limit: number, afterSeconds: number, atMs = startMs) {
  return {
    status: 429,
    body: { message: 'Too Many Attempts.' },
    retryAfter: String(afterSeconds),
    limit: String(limit),
    remaining: '0',
    reset: String(atMs / 1000 + afterSeconds),
  };
}

describe('limits', () => {
  it('answer 429 to the sixth usage request of the company in a second, over all ICCIDs', async () => {
    const read = await authorizedReader(await startSimulator());
    const answers = await Promise.all(fleetIccids(6).map(read));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers.filter(({ status }) => status === 429).map(refusalOf)).toEqual([tooManyAttempts(5, 1)]);
  });

  it('answer 429 to the eleventh usage request of one ICCID in a minute, although all were repeated', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    for (let request = 1; request <= 10; request += 1) {
      expect(await read(oneIccid)).toMatchObject({ status: 200 });
      simulator.advance(1000);
    }
    // The eleventh counts as well, so it is the second, at 1 s, that has to leave the minute.
    expect(refusalOf(await read(oneIccid))).toEqual(tooManyAttempts(10, 51, startMs + 10_000));
    expect(await read('8999900000000000001')).toMatchObject({ status: 200 });
  });

  it('answer 429 to the fourth token request in a minute, whatever was answered to the first three', async () => {
    const simulator = await startSimulator();
    await requestToken(simulator, { client_id: 'wrong' });
    await requestToken(simulator, { client_secret: 'wrong' });
    await requestToken(simulator);
    expect(refusalOf(await requestToken(simulator))).toEqual(tooManyAttempts(3, 60));
  });

  it('count usage requests that are answered with 401 or 404', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    await readUsage(simulator, oneIccid, '');
    await readUsage(simulator, oneIccid, '');
    await read('8900000000000000000');
    await read('8900000000000000000');
    expect(await read(oneIccid)).toMatchObject({ status: 200 });
    expect(await read(oneIccid)).toMatchObject({ status: 429 });
  });

  it('do not hide that a token is missing', async () => {
    const simulator = await startSimulator({ limits: { companyRequests: 1 } });
    await readUsage(simulator, oneIccid, '');
    expect(await readUsage(simulator, oneIccid, '')).toMatchObject({ status: 401 });
  });

  it.each<{ windowKind: WindowKind; at1000: number; at1500: number[] }>([
    { windowKind: 'anchored', at1000: 429, at1500: [200, 200, 200, 200, 200, 429] },
    { windowKind: 'aligned', at1000: 200, at1500: [200, 200, 200, 200, 429, 429] },
    { windowKind: 'sliding', at1000: 429, at1500: [429, 429, 429, 429, 429, 429] },
  ])('count in $windowKind windows, after one request at 500 ms and four at 900 ms', async (expected) => {
    const { windowKind, at1000, at1500 } = expected;
    const simulator = await startSimulator({ windowKind });
    const read = await authorizedReader(simulator);
    const statuses = async (count: number) => {
      const answers: number[] = [];
      for (const iccid of fleetIccids(count)) answers.push((await read(iccid)).status);
      return answers;
    };
    simulator.advance(500);
    expect(await statuses(1)).toEqual([200]);
    simulator.advance(400);
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    simulator.advance(100);
    expect(await statuses(1)).toEqual([at1000]);
    simulator.advance(500);
    expect(await statuses(6)).toEqual(at1500);
  });

  it('are each an option of their own', async () => {
    const simulator = await startSimulator({
      limits: {
        companyRequests: Number.POSITIVE_INFINITY,
        iccidRequests: 2,
        iccidWindowMs: 5000,
        tokenRequests: 1,
      },
    });
    const read = await authorizedReader(simulator);
    expect(refusalOf(await requestToken(simulator))).toEqual(tooManyAttempts(1, 60));
    const answers = await Promise.all(fleetIccids(50).map(read));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await read(oneIccid);
    expect(refusalOf(await read(oneIccid))).toEqual(tooManyAttempts(2, 5));
  });
});
