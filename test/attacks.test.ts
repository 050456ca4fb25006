import { createHash } from 'node:crypto';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { createAuthentication } from '../src/auth/authentication.js';
import { visibleTo } from '../src/auth/viewer.js';
import { createManualClock } from './support/manual-clock.js';
import { answerTo } from './support/raw-connection.js';
import { startGateway, startModule } from './support/start-gateway.js';
import { createTokenIssuer, type TokenOptions } from './support/token-issuer.js';

const [own = '', others = '', third = ''] = fleetIccids(3);
const unknown = scenarioIccids.notFound;
const clock = createManualClock();
const issuer = await createTokenIssuer();
const fields =
  '{ __typename ... on EsimUsage { iccid data { remaining } } ... on EsimUsageProblem { code } }';
const notFound = { __typename: 'EsimUsageProblem', code: 'NOT_FOUND' };

/** A gateway whose callers are told by their tokens which eSIMs they may see. */
async function startGuarded() {
  const gateway = await startGateway({
    clock,
    authentication: createAuthentication(
      issuer.settings({ scopes: [['usage:read']], iccidsClaim: 'esims' }),
      { clock, report: () => undefined },
    ),
    module: { schema: { federation: true }, authorize: visibleTo },
  });
  const send = (headers: Record<string, string>, query: string, variables?: object) =>
    gateway.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
  return {
    ...gateway,
    attempt: send,
    async as(esims: readonly string[], query: string, variables?: object) {
      const token = await issuer.sign({ claims: { scope: 'usage:read', esims } });
      return send({ authorization: `Bearer ${token}` }, query, variables);
    },
  };
}

const usageOf = (iccid: string): string => `{ esimUsage(iccid: "${iccid}") ${fields} }`;

describe('an outsider who wants to spend the budget or see a reading', () => {
  const unauthenticated = {
    status: 401,
    body: {
      errors: [
        {
          message: 'The request does not say who asks in a way that is good here.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    },
  };

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a made-up token', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
    ['a password', { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` }],
    ['an address of ours', { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }],
    ['a name of ours', { 'x-user': 'admin', 'x-authenticated': 'true', cookie: 'session=1' }],
    ['a secret that a router might have', { 'router-authorization': 'nobody-guesses-this' }],
  ])('is not let in with %s', async (_name, headers) => {
    const { attempt, simulator, events } = await startGuarded();
    expect(await attempt(headers, usageOf(own))).toEqual(unauthenticated);
    expect([simulator.arrivals, events]).toEqual([[], []]);
  });

  it.each<[string, TokenOptions, number]>([
    ['of another service', { claims: { scope: 'usage:read', esims: [own] }, audience: 'orders' }, 401],
    ['that has ended', { claims: { scope: 'usage:read', esims: [own] }, endsIn: -60 }, 401],
    ['without the scope', { claims: { scope: 'openid', esims: [own] } }, 403],
  ])('is not let in with a token %s', async (_name, token, status) => {
    const { attempt, simulator } = await startGuarded();
    const answer = await attempt({ authorization: `Bearer ${await issuer.sign(token)}` }, usageOf(own));
    expect([answer.status, simulator.arrivals]).toEqual([status, []]);
  });

  it.each([
    ['a GET', '/graphql?query={__typename}', { headers: { 'x-apollo-operation-name': 'x' } }],
    ['a token in the address', '/graphql?query={__typename}&access_token=x', {}],
    ['another spelling of the path', '/%67raphql?query={__typename}', {}],
    ['the schema', '/graphql?query={_service{sdl}}', {}],
    ['a body that is no JSON', '/graphql', { method: 'POST', body: '{' }],
    ['a body that is too large', '/graphql', { method: 'POST', body: 'x'.repeat(200_000) }],
  ])('is told nothing else, whatever is sent: %s', async (_name, path, request) => {
    const { send, simulator } = await startGuarded();
    expect(await send(path, request)).toEqual(unauthenticated);
    expect(simulator.arrivals).toEqual([]);
  });

  it('is not let in with a second token that a proxy may have looked at in place of the first', async () => {
    const { url, simulator } = await startGuarded();
    const good = await issuer.sign({ claims: { scope: 'usage:read', esims: [own] } });
    const both = [good, 'x'].map((token) => `Authorization: Bearer ${token}\r\n`).join('');
    const request = `GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n${both}\r\n`;
    expect(await answerTo(url, request)).toMatch(/^HTTP\/1.1 400 /);
    expect(simulator.arrivals).toEqual([]);
  });

  it('is told how to say who asks, that others may not keep the refusal, and what it depends on', async () => {
    const { attempt, answers, as } = await startGuarded();
    await attempt({}, usageOf(own));
    await as([own], usageOf(own));
    const [refused, taken] = answers.map(({ headers }) => headers);
    expect(refused).toMatchObject({
      'www-authenticate': 'Bearer',
      'cache-control': 'no-store',
      vary: 'authorization',
    });
    expect(taken).toMatchObject({ vary: 'authorization', 'cache-control': 'max-age=1200, private' });
  });

  it('finds out by the answers whether the process is well, and nothing of whom it serves', async () => {
    const { send, as } = await startGuarded();
    await as([own], usageOf(own));
    expect(await send('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    expect(JSON.stringify(await send('/health/ready'))).not.toMatch(/\d{15}/);
  });
});

describe('a customer who wants to see the eSIM of another', () => {
  it.each<[string, string, object?]>([
    ['asks for it', usageOf(others)],
    [
      'asks with a variable',
      `query ($iccid: ICCID!) { esimUsage(iccid: $iccid) ${fields} }`,
      { iccid: others },
    ],
    ['hides it behind an alias', `{ mine: esimUsage(iccid: "${others}") ${fields} }`],
    ['takes a fragment', `{ ...F } fragment F on Query { esimUsage(iccid: "${others}") ${fields} }`],
    ['hides it in a list', `{ esimUsages(iccids: ["${others}", "${own}"]) ${fields} }`],
    [
      'escapes a digit',
      `{ esimUsage(iccid: "\\u00${others.charCodeAt(0).toString(16)}${others.slice(1)}") ${fields} }`,
    ],
    ['writes a block string', `{ esimUsage(iccid: """${others}""") ${fields} }`],
    [
      'names it as a gateway would',
      `{ _entities(representations: [{ __typename: "Esim", iccid: "${others}" }]) { ... on Esim { usage ${fields} } } }`,
    ],
    [
      'names it as a gateway would, with more than a key',
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Esim { usage { __typename ... on EsimUsage { iccid } } } } }',
      {
        r: [
          { __typename: 'Esim', iccid: others, isReference: false, usage: { kind: 'reading', iccid: own } },
        ],
      },
    ],
    [
      'goes by way of an eSIM of their own',
      `{ esimUsage(iccid: "${own}") { ... on EsimUsage { esim { usage ${fields} } } } other: esimUsage(iccid: "${others}") ${fields} }`,
    ],
    ['adds zeros', `{ esimUsage(iccid: "0${others}") ${fields} }`],
    ['adds a space', `{ esimUsage(iccid: "${others} ") ${fields} }`],
  ])('and %s, gets no number of it, and no call for it is made', async (_name, query, variables) => {
    const { as, usageCalls } = await startGuarded();
    const answer = JSON.stringify(await as([own], query, variables));
    expect(answer).not.toContain(`"iccid":"${others}"`);
    expect(answer.match(/"remaining":\d+/g) ?? []).toHaveLength(answer.split(`"iccid":"${own}"`).length - 1);
    expect(usageCalls().filter((iccid) => iccid !== own)).toEqual([]);
  });

  it('gets the same answer whether there is such an eSIM or not, cached by somebody else or not, and with the same headers', async () => {
    const { as, answers } = await startGuarded();
    await as([others], usageOf(others));
    for (const iccid of [others, third, unknown]) await as([own], usageOf(iccid));
    const [, ...refusals] = answers.map(({ status, text, headers }) => {
      const { date, 'x-request-id': id, ...rest } = headers;
      return { status, text, headers: rest };
    });
    expect(new Set(refusals.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(refusals[0]).toMatchObject({
      status: 200,
      text: `${JSON.stringify({ data: { esimUsage: notFound } })}\n`,
      headers: { 'cache-control': 'max-age=60, private' },
    });
  });

  it('asks in the very moment in which the owner does', async () => {
    const { as, usageCalls } = await startGuarded();
    const [seen, refused] = await Promise.all([as([own], usageOf(own)), as([others], usageOf(own))]);
    expect(seen.body).toMatchObject({ data: { esimUsage: { iccid: own } } });
    expect(refused.body).toEqual({ data: { esimUsage: notFound } });
    expect(usageCalls()).toEqual([own]);
  });

  it('lets none of what many tokens may see get into another’s answer', async () => {
    const { as } = await startGuarded();
    const iccids = fleetIccids(20);
    const query = `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) ${fields} }`;
    const seen = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const mine = iccids.filter(
          (_iccid, at) => (createHash('sha1').update(`${index} ${at}`).digest()[0] ?? 0) > 127,
        );
        const { body } = await as(mine, query, { iccids });
        return [mine, (JSON.stringify(body).match(/"iccid":"\d+"/g) ?? []).map((text) => text.slice(9, -1))];
      }),
    );
    for (const [mine, got] of seen) expect(got).toEqual(mine);
  });
});

describe('a host that has a module of its own', () => {
  it('shows nothing to an operation that says nothing of who asks, where somebody decides', async () => {
    const { module, simulator } = await startModule({ module: { authorize: visibleTo } });
    expect(await module.createContext().esimUsage.load(own)).toMatchObject({ code: 'NOT_FOUND' });
    expect(simulator.arrivals).toEqual([]);
  });
});
