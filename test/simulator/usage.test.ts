import { describe, expect, it } from 'vitest';
import { fleetIccids } from '../../src/simulator/fleet.js';
import { scenarioEsims, scenarioIccids } from '../../src/simulator/scenarios.js';
import { authorizedReader, readUsage, requestToken, tokenOf } from './requests.js';
import { startSimulator } from './start-simulator.js';

const meta = { message: 'api.succes' };
const none = { remaining_voice: 0, remaining_text: 0, total_voice: 0, total_text: 0 };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const inThirtyDays = '2023-12-14 22:13:20';

describe('usage endpoint', () => {
  it.each([
    {
      name: 'dataPlan',
      data: {
        remaining: 767,
        total: 2048,
        expired_at: inThirtyDays,
        is_unlimited: false,
        status: 'ACTIVE',
        ...none,
      },
    },
    {
      name: 'dataVoiceTextPlan',
      data: {
        remaining: 767,
        total: 2048,
        expired_at: inThirtyDays,
        is_unlimited: false,
        status: 'ACTIVE',
        remaining_voice: 60,
        remaining_text: 20,
        total_voice: 100,
        total_text: 50,
      },
    },
    {
      name: 'unlimited',
      data: {
        remaining: 0,
        total: 0,
        expired_at: inThirtyDays,
        is_unlimited: true,
        status: 'ACTIVE',
        ...none,
      },
    },
    {
      name: 'unlimitedWithNumbers',
      data: {
        remaining: 767,
        total: 2048,
        expired_at: '2022-01-01 00:00:00',
        is_unlimited: true,
        status: 'ACTIVE',
        ...none,
      },
    },
    {
      name: 'notActive',
      data: {
        remaining: 3072,
        total: 3072,
        expired_at: null,
        is_unlimited: false,
        status: 'NOT_ACTIVE',
        ...none,
      },
    },
    {
      name: 'usedUp',
      data: {
        remaining: 0,
        total: 1024,
        expired_at: '2022-01-01 00:00:00',
        is_unlimited: false,
        status: 'FINISHED',
        ...none,
      },
    },
    {
      name: 'expired',
      data: {
        remaining: 300,
        total: 1024,
        expired_at: '2022-01-01 00:00:00',
        is_unlimited: false,
        status: 'EXPIRED',
        ...none,
      },
    },
    {
      name: 'recycled',
      data: { remaining: 0, total: 0, expired_at: null, is_unlimited: null, status: 'RECYCLED', ...none },
    },
    {
      name: 'unknown',
      data: { remaining: 0, total: 0, expired_at: null, is_unlimited: false, status: 'UNKNOWN', ...none },
    },
    {
      name: 'undocumentedStatus',
      data: {
        remaining: 512,
        total: 1024,
        expired_at: '2022-01-01 00:00:00',
        is_unlimited: false,
        status: 'SUSPENDED',
        ...none,
      },
    },
  ] as const)('answers the $name scenario', async ({ name, data }) => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    const { status, headers, body } = await read(scenarioIccids[name]);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({ data, meta });
  });

  it.each([
    ['the scenario of an unknown eSIM', scenarioIccids.notFound],
    ['an ICCID that nobody told of', '8900000000000000000'],
    ['what is no ICCID', 'not-an-iccid'],
  ])('answers 404 with an array to %s', async (_title, iccid) => {
    const read = await authorizedReader(await startSimulator());
    const answer = await read(iccid);
    expect(answer).toMatchObject({ status: 404 });
    expect(answer.body).toEqual({ data: [], meta: { message: 'messages.resource_not_found' } });
  });

  it('has a scenario for every ICCID of the table', () => {
    expect([...scenarioEsims.keys()].sort()).toEqual(Object.values(scenarioIccids).sort());
  });

  it('has two scenarios that only a lost digit makes the same', () => {
    const { notActive, dataVoiceTextPlan } = scenarioIccids;
    expect(Number(notActive)).toBe(Number(dataVoiceTextPlan));
    expect(notActive).not.toBe(dataVoiceTextPlan);
  });

  it('gives each eSIM of the fleet its own numbers', async () => {
    const read = await authorizedReader(await startSimulator());
    const answers = await Promise.all(fleetIccids(3).map(read));
    expect(answers.map(({ body }) => body)).toEqual(
      [0, 1, 2].map((n) => ({
        data: {
          remaining: 512 + n,
          total: 1024 + n,
          expired_at: inThirtyDays,
          is_unlimited: false,
          status: 'ACTIVE',
          ...none,
        },
        meta,
      })),
    );
  });

  it('answers what a test told of an eSIM, whatever it is', async () => {
    const data = { remaining: '767', total: { odd: true }, invented: 1 };
    const simulator = await startSimulator({
      esims: new Map([['894000000000001', { kind: 'fixed', data }]]),
    });
    const read = await authorizedReader(simulator);
    expect(await read('894000000000001')).toMatchObject({ status: 200, body: { data } });
    expect(await read(scenarioIccids.dataPlan)).toMatchObject({ status: 404 });
  });

  it('answers a changed eSIM at once, although its reading is still being repeated', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    await read(scenarioIccids.dataPlan);
    simulator.addEsim(scenarioIccids.dataPlan, { kind: 'missing' });
    expect(await read(scenarioIccids.dataPlan)).toMatchObject({ status: 404 });
  });
});

describe('use over time', () => {
  it('repeats a reading for 20 minutes, then measures anew', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    const first = await read(scenarioIccids.dataPlan);
    simulator.advance(20 * 60_000 - 1);
    expect((await read(scenarioIccids.dataPlan)).body).toEqual(first.body);
    simulator.advance(1);
    expect(await read(scenarioIccids.dataPlan)).toMatchObject({ body: { data: { remaining: 765 } } });
  });

  it('repeats each eSIM its own reading', async () => {
    const simulator = await startSimulator();
    const read = await authorizedReader(simulator);
    const [early = '', late = ''] = fleetIccids(2);
    await read(early);
    simulator.advance(10 * 60_000);
    expect(await read(early)).toMatchObject({ body: { data: { remaining: 512 } } });
    expect(await read(late)).toMatchObject({ body: { data: { remaining: 512 } } });
  });

  it('uses data, voice and text at their own pace until the data is finished', async () => {
    const simulator = await startSimulator({ replyCacheMs: 0 });
    const read = await authorizedReader(simulator);
    simulator.advance(10 * hourMs);
    expect(await read(scenarioIccids.dataVoiceTextPlan)).toMatchObject({
      body: { data: { status: 'ACTIVE', remaining: 707, remaining_voice: 40, remaining_text: 10 } },
    });
    simulator.advance(20 * hourMs);
    expect(await read(scenarioIccids.dataVoiceTextPlan)).toMatchObject({
      body: { data: { status: 'ACTIVE', remaining: 587, remaining_voice: 0, remaining_text: 0 } },
    });
    simulator.advance(98 * hourMs);
    expect(await read(scenarioIccids.dataVoiceTextPlan)).toMatchObject({
      body: { data: { status: 'FINISHED', remaining: 0, remaining_voice: 0, remaining_text: 0 } },
    });
  });

  it('stops using when a plan expires', async () => {
    const simulator = await startSimulator({ replyCacheMs: 0 });
    simulator.addEsim('894000000000001', {
      kind: 'plan',
      isUnlimited: false,
      expiresInMs: hourMs,
      data: { total: 100, remaining: 50, usedPerHour: 10 },
    });
    const read = await authorizedReader(simulator);
    simulator.advance(hourMs - 1);
    expect(await read('894000000000001')).toMatchObject({
      body: { data: { status: 'ACTIVE', remaining: 41 } },
    });
    simulator.advance(dayMs);
    expect(await read('894000000000001')).toMatchObject({
      body: { data: { status: 'EXPIRED', remaining: 40 } },
    });
  });
});

describe('authorization', () => {
  it.each([
    ['no token', ''],
    ['an invented token', 'Bearer simulator-00000000-0000-0000-0000-000000000000'],
    ['another scheme', 'Basic c2ltdWxhdG9y'],
  ])('answers 401 to %s', async (_title, authorization) => {
    const answer = await readUsage(await startSimulator(), scenarioIccids.dataPlan, authorization);
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.body).toEqual({ message: 'Unauthenticated.' });
  });

  it('answers 401 from the moment that a token is as old as its expires_in', async () => {
    const simulator = await startSimulator({ tokenLifetimeSeconds: 60 });
    const read = await authorizedReader(simulator);
    simulator.advance(59_999);
    expect(await read(scenarioIccids.dataPlan)).toMatchObject({ status: 200 });
    simulator.advance(1);
    expect(await read(scenarioIccids.dataPlan)).toMatchObject({ status: 401 });
  });

  it('answers 401 to every token given before a revocation, 200 to one given after', async () => {
    const simulator = await startSimulator();
    const readers = [await authorizedReader(simulator), await authorizedReader(simulator)];
    simulator.revokeTokens();
    const answers = await Promise.all(readers.map((read) => read(scenarioIccids.dataPlan)));
    expect(answers).toMatchObject([{ status: 401 }, { status: 401 }]);
    const token = tokenOf(await requestToken(simulator));
    expect(await readUsage(simulator, scenarioIccids.dataPlan, `Bearer ${token}`)).toMatchObject({
      status: 200,
    });
  });
});
