import { inspect } from 'node:util';
import { type Exchange, type Reply, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { faults } from '../support/faults.js';
import { iccidOf } from '../support/iccids.js';
import { createLatch } from '../support/latch.js';
import { callTimeoutMs, patient, startUpstreamPath, type UpstreamPath } from '../support/upstream-path.js';
import { usageBody } from '../support/usage-body.js';

const iccid = iccidOf(scenarioIccids.dataPlan);
const clientSecret = 'MARKER-OF-THE-SECRET';
const accessToken = 'MARKER-OF-THE-TOKEN';
const statuses = [200, 201, 204, 301, 400, 401, 403, 404, 422, 429, 500, 502, 503];

const answers: readonly { name: string; bend: (exchange: Exchange) => Reply }[] = [
  ...faults,
  ...statuses.map((status) => ({
    name: `the status ${status}`,
    bend: ({ reply }: Exchange): Reply => ({ ...reply, status }),
  })),
  {
    name: 'a token that may not stand in a header',
    bend: ({ reply }) => ({ ...reply, body: tokenBody(`${accessToken}\r\n`) }),
  },
];

describe('neither secret nor token is in any error or event', () => {
  it.each(answers)('when a token request meets with $name', async ({ bend }) => {
    const path = await start();
    path.bendToken((exchange) => bend(echoing(exchange)));
    const error = await errorOf(path.replay.read(iccid, patient));
    expect(everythingIn([error, ...path.events])).not.toMatch(/MARKER/);
  });

  it.each(answers)('when a usage request meets with $name', async ({ bend }) => {
    const path = await start();
    path.bendUsage((exchange) => bend(echoing(exchange)));
    const error = await errorOf(path.replay.read(iccid, patient));
    expect(everythingIn([error, ...path.events])).not.toMatch(/MARKER/);
    expect(path.simulator.arrivals.at(-1)?.headers.authorization).toBe(`Bearer ${accessToken}`);
  });

  it.each(['token', 'usage'] as const)('when a %s request is never answered', async (kind) => {
    const path = await start();
    const arrived = createLatch();
    const hang = ({ reply }: Exchange): Reply => {
      arrived.open();
      return { ...reply, kind: 'broken', after: 'head', end: 'hang' };
    };
    if (kind === 'token') path.bendToken(hang);
    else path.bendUsage(hang);
    const reading = errorOf(path.replay.read(iccid, patient));
    await arrived.opened;
    await path.clock.advance(callTimeoutMs);
    expect(everythingIn([await reading, ...path.events])).not.toMatch(/MARKER/);
  });

  it('when the upstream is gone', async () => {
    const path = await start();
    const first = await errorOf(path.replay.read(iccid, patient));
    await path.simulator.close();
    const errors = [
      await errorOf(path.client.read(iccid, patient)),
      await errorOf(path.http.send(secretPost)),
    ];
    expect(first).toBe(null);
    expect(everythingIn([...errors, ...path.events])).not.toMatch(/MARKER/);
  });

  it('when everything is closed in the middle of a call', async () => {
    const path = await start();
    const arrived = createLatch();
    path.bendUsage(({ reply }) => {
      arrived.open();
      return { ...reply, kind: 'broken', after: 'nothing', end: 'hang' };
    });
    const reading = errorOf(path.replay.read(iccid, patient));
    await arrived.opened;
    await path.http.close();
    expect(everythingIn([await reading, ...path.events])).not.toMatch(/MARKER/);
  });
});

const secretPost = {
  method: 'POST',
  path: '/v2/token',
  headers: { authorization: `Bearer ${accessToken}` },
  body: clientSecret,
  readBodyOf: [200],
} as const;

/** A path whose secret and token can be told from everything else. */
async function start(): Promise<UpstreamPath> {
  const path = await startUpstreamPath({ clientSecret });
  path.bendToken(({ reply }) => ({ ...reply, body: tokenBody(accessToken) }));
  path.bendUsage(({ reply }) => ({ ...reply, status: 200, body: usageBody() }));
  return path;
}

function tokenBody(token: string): string {
  return JSON.stringify({ data: { token_type: 'Bearer', expires_in: 31_622_400, access_token: token } });
}

const echoes = {
  'Retry-After': accessToken,
  'X-RateLimit-Limit': accessToken,
  'X-Echo': accessToken,
};

/** The same exchange, with an answer that repeats all that is secret. */
function echoing(exchange: Exchange): Exchange {
  const { reply, arrival, body } = exchange;
  const echo = JSON.stringify({
    data: { access_token: accessToken },
    body,
    headers: arrival.headers,
    clientSecret,
  });
  return {
    ...exchange,
    reply: { ...reply, headers: { ...reply.headers, ...echoes }, body: echo },
  };
}

/** What a call rejects with. Null when it does not. */
function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  );
}

/** All that can be read of these things. Throws when there is nothing to read. */
function everythingIn(things: readonly unknown[]): string {
  const told = things.filter((thing) => thing !== null);
  if (told.length === 0) throw new TypeError('expected an error or an event');
  const options = { depth: 10, showHidden: true, getters: true, maxStringLength: null };
  return told.flatMap((thing) => [inspect(thing, options), JSON.stringify(thing), String(thing)]).join('\n');
}
