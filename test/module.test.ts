import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { ApolloServer } from '@apollo/server';
import { createEsimUsageModule, type EsimUsageContext, type EsimUsageModule } from 'esim-usage-gateway';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { GraphQLScalarType } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createManualClock } from './support/manual-clock.js';
import { startModule } from './support/start-gateway.js';

const [iccid = '', other = ''] = fleetIccids(2);
const read = `query ($iccid: ICCID!) {
  esimUsage(iccid: $iccid) {
    ... on EsimUsage { iccid data { remaining } freshness { staleReason } }
    ... on EsimUsageProblem { code retryAfterSeconds }
  }
}`;
const reading = { iccid, data: { remaining: 512 }, freshness: { staleReason: null } };

/** Asks as a host server does: one context for one operation. */
async function execute(
  module: EsimUsageModule,
  variables: Record<string, unknown>,
  context: EsimUsageContext = module.createContext(),
): Promise<unknown> {
  const server = new ApolloServer<EsimUsageContext>({ schema: module.schema });
  onTestFinished(() => server.stop());
  const { body } = await server.executeOperation({ query: read, variables }, { contextValue: context });
  return body.kind === 'single' ? body.singleResult : body;
}

describe('the module', () => {
  it('answers a second operation from its cache', async () => {
    const { module, events, usageCalls } = await startModule();
    expect(await execute(module, { iccid })).toEqual({ data: { esimUsage: reading } });
    expect(await execute(module, { iccid })).toEqual({ data: { esimUsage: reading } });
    expect(usageCalls()).toEqual([iccid]);
    expect(events.map(({ type }) => type)).toEqual([
      'cache.miss',
      // For the token.
      'scheduler.wait',
      'token.request',
      'token.reply',
      'token.renewed',
      'scheduler.turn',
      'upstream.request',
      'upstream.reply',
      'cache.fill',
      'loader.answer',
      'cache.hit',
      'loader.answer',
    ]);
  });

  it('keeps to itself what it reads: another module asks for itself', async () => {
    const first = await startModule();
    const second = await startModule();
    await execute(first.module, { iccid });
    await execute(second.module, { iccid });
    expect([first.usageCalls(), second.usageCalls()]).toEqual([[iccid], [iccid]]);
  });

  it('gives an operation 8 seconds from the making of its context', async () => {
    const clock = createManualClock();
    const { module, bendUsage, seen } = await startModule({ clock });
    bendUsage(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const context = module.createContext();
    await clock.advance(3_000);
    const asking = execute(module, { iccid }, context);
    await seen('upstream.request');
    await clock.advance(4_999);
    expect(await Promise.race([asking, setImmediate('still waiting')])).toBe('still waiting');
    await clock.advance(1);
    expect(await asking).toEqual({ data: { esimUsage: { code: 'TIMED_OUT', retryAfterSeconds: 1 } } });
  });

  it('gives as long as it is told to', async () => {
    const clock = createManualClock();
    const { module, bendUsage, seen } = await startModule({ clock, module: { deadlineMs: 700 } });
    bendUsage(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const asking = execute(module, { iccid });
    await seen('upstream.request');
    await clock.advance(700);
    expect(await asking).toEqual({ data: { esimUsage: { code: 'TIMED_OUT', retryAfterSeconds: 1 } } });
  });

  it('tells who has less time than a token and a call take to come back, and has the token by then', async () => {
    const { module, seen, usageCalls } = await startModule({ module: { deadlineMs: 100 } });
    expect(await execute(module, { iccid })).toEqual({
      data: { esimUsage: { code: 'THROTTLED', retryAfterSeconds: 1 } },
    });
    await seen('token.renewed');
    expect(await execute(module, { iccid })).toEqual({ data: { esimUsage: reading } });
    expect(usageCalls()).toEqual([iccid]);
  });

  it('does nothing for an operation whose client had gone before it began', async () => {
    const { module, simulator } = await startModule();
    const context = module.createContext({ signal: AbortSignal.abort() });
    await execute(module, { iccid }, context);
    expect(simulator.arrivals).toEqual([]);
  });

  it('answers what it is still asked for with UNAVAILABLE when it is closed', async () => {
    const { module, bendUsage, seen } = await startModule();
    bendUsage(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
    const asking = execute(module, { iccid });
    await seen('upstream.request');
    await module.close();
    expect(await asking).toMatchObject({ data: { esimUsage: { code: 'UNAVAILABLE' } } });
    expect(await execute(module, { iccid: other })).toMatchObject({
      data: { esimUsage: { code: 'UNAVAILABLE' } },
    });
  });

  it('needs nothing but credentials, and makes no call before it is asked', async () => {
    const module = createEsimUsageModule({ clientId: 'id', clientSecret: 'secret' });
    expect(module.createContext().esimUsage.toDate(0)).toBeInstanceOf(Date);
    await module.close();
  });

  it('is not made with an option out of its range', () => {
    expect(() => createEsimUsageModule({ clientId: 'id', clientSecret: 'secret', deadlineMs: 99 })).toThrow(
      new RangeError('deadlineMs: expected a whole number from 100 to 60000, got 99'),
    );
  });
});

describe('the module in a host server', () => {
  const hostTypeDefs = `
    "The host's own moments."
    scalar DateTime
    type Query { orders: [Order!]! }
    type Order { id: ID! placedAt: DateTime! esim: Esim! }
  `;
  /** Knows texts, where the module's knows dates. */
  const hostDateTime = new GraphQLScalarType({
    name: 'DateTime',
    serialize: (value) => (value instanceof Date ? value.toISOString() : `${value}T00:00:00Z`),
  });
  const hostResolvers = {
    DateTime: hostDateTime,
    Query: {
      orders: () => [
        { id: '1', placedAt: '2025-12-24', esim: { iccid: scenarioIccids.dataPlan } },
        { id: '2', placedAt: '2025-12-25', esim: { iccid: 'lost' } },
      ],
    },
  };

  it('is answered beside the host’s own types, with a Query and a DateTime of the host’s own', async () => {
    const { module, usageCalls } = await startModule();
    const server = new ApolloServer<EsimUsageContext>({
      typeDefs: [module.typeDefs, hostTypeDefs],
      resolvers: [module.resolvers, hostResolvers],
    });
    onTestFinished(() => server.stop());
    const { body } = await server.executeOperation(
      {
        query: `{
          orders { id placedAt esim { iccid usage { ...known } } }
          esimUsage(iccid: "${scenarioIccids.dataPlan}") { ...known }
        }
        fragment known on EsimUsageResult {
          ... on EsimUsage { data { remaining } freshness { fetchedAt } }
          ... on EsimUsageProblem { code }
        }`,
      },
      { contextValue: module.createContext() },
    );
    const usage = { data: { remaining: 767 }, freshness: { fetchedAt: '2026-01-01T00:00:01.000Z' } };
    expect(body).toEqual({
      kind: 'single',
      singleResult: {
        data: {
          orders: [
            {
              id: '1',
              placedAt: '2025-12-24T00:00:00Z',
              esim: { iccid: scenarioIccids.dataPlan, usage },
            },
            {
              id: '2',
              placedAt: '2025-12-25T00:00:00Z',
              esim: { iccid: 'lost', usage: { code: 'INVALID_ICCID' } },
            },
          ],
          esimUsage: usage,
        },
      },
    });
    expect(usageCalls()).toEqual([scenarioIccids.dataPlan]);
  });
});

describe('the secrets that a module comes to hold', () => {
  it('are told before they are used, one by one', async () => {
    const told: string[] = [];
    const { module, simulator } = await startModule({
      module: {
        onSecret: (secret) => told.push(secret),
        report(event) {
          if (event.type === 'upstream.request') told.push('used');
        },
      },
    });
    await execute(module, { iccid });
    simulator.revokeTokens();
    await execute(module, { iccid: other });
    const [first, , last] = simulator.arrivals
      .filter(({ kind }) => kind === 'usage')
      .map(({ headers }) => headers.authorization?.replace('Bearer ', ''));
    expect(told).toEqual([first, 'used', 'used', last, 'used']);
  });

  it('change nothing where the listener fails', async () => {
    const { module } = await startModule({
      module: {
        onSecret() {
          throw new TypeError('nowhere to keep it');
        },
      },
    });
    const warned = once(process, 'warning');
    expect(await execute(module, { iccid })).toMatchObject({ data: { esimUsage: reading } });
    expect(await warned).toEqual([new TypeError('nowhere to keep it')]);
  });
});
