import { describe, expect, it } from 'vitest';
import { scenarioIccids } from '../../src/simulator/scenarios.js';
import { readUsage, requestToken, send, tokenOf } from './requests.js';
import { startSimulator } from './start-simulator.js';

const invalidClientId = {
  data: { client_id: 'The selected client id is invalid.' },
  meta: { message: 'the parameter is invalid' },
};

describe('token endpoint', () => {
  it('gives a token that lives 366 days', async () => {
    const { status, headers, body } = await requestToken(await startSimulator());
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({
      data: {
        token_type: 'Bearer',
        expires_in: 31_622_400,
        access_token: expect.stringMatching(/^simulator-[0-9a-f-]{36}$/),
      },
      meta: { message: 'success' },
    });
  });

  it('gives a new token each time, and the earlier one stays valid', async () => {
    const simulator = await startSimulator();
    const first = tokenOf(await requestToken(simulator));
    const second = tokenOf(await requestToken(simulator));
    expect(second).not.toBe(first);
    expect(await readUsage(simulator, scenarioIccids.dataPlan, `Bearer ${first}`)).toMatchObject({
      status: 200,
    });
  });

  it('answers 401 to a wrong secret', async () => {
    const answer = await requestToken(await startSimulator(), { client_secret: 'wrong' });
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.body).toEqual({ data: [], meta: { message: 'Client authentication failed' } });
  });

  it('answers 422 to an unknown client id', async () => {
    const answer = await requestToken(await startSimulator(), { client_id: 'wrong' });
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.body).toEqual(invalidClientId);
  });

  it('answers 422 to another grant type', async () => {
    const answer = await requestToken(await startSimulator(), { grant_type: 'password' });
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.body).toEqual({
      data: { grant_type: 'The selected grant type is invalid.' },
      meta: { message: 'the parameter is invalid' },
    });
  });

  it.each([
    { title: 'without a body', body: '', type: 'application/x-www-form-urlencoded' },
    { title: 'as JSON', body: '{"client_id":"simulator-client"}', type: 'application/json' },
    {
      title: 'as a form that calls itself JSON',
      body: 'client_id=simulator-client',
      type: 'application/json',
    },
    {
      title: 'with the client id behind 64 KiB',
      body: `padding=${'x'.repeat(70_000)}&client_id=simulator-client`,
      type: 'application/x-www-form-urlencoded',
    },
  ])('answers 422 to a request $title', async ({ body, type }) => {
    const simulator = await startSimulator();
    const headers = { 'content-type': type };
    const answer = await send(simulator, '/v2/token', { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.body).toEqual(invalidClientId);
  });

  it('takes its credentials and lifetime from the options', async () => {
    const simulator = await startSimulator({
      clientId: 'me & you',
      clientSecret: 'ünlikely=%',
      tokenLifetimeSeconds: 60,
    });
    expect(simulator).toMatchObject({ clientId: 'me & you', clientSecret: 'ünlikely=%' });
    const answer = await requestToken(simulator);
    expect(answer).toMatchObject({ status: 200, body: { data: { expires_in: 60 } } });
  });
});
