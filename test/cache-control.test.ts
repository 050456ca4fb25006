import { ApolloServer } from '@apollo/server';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { graphql } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EsimUsageContext } from '../src/context.js';
import type { EsimUsageModuleOptions } from '../src/options.js';
import { createLatch } from './support/latch.js';
import { createManualClock, type ManualClock } from './support/manual-clock.js';
import { type StartedGateway, startGateway, startModule } from './support/start-gateway.js';

const minuteMs = 60_000;
const [iccid = '', other = ''] = fleetIccids(2);
const status = '... on EsimUsage { status }';
const readOne = `query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ${status} } }`;
const readTwo = `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ${status} } }`;
const readAside = `query ($iccid: ICCID!, $other: ICCID!) {
  first: esimUsage(iccid: $iccid) { ${status} }
  second: esimUsage(iccid: $other) { ${status} }
}`;

interface CachedGateway extends StartedGateway {
  readonly clock: ManualClock;
  /** What the answer to a question says of how long it may be kept. */
  kept(query: string, variables?: unknown): Promise<string | undefined>;
  /** What the newest answer says. */
  lastKept(): string | undefined;
}

async function start(module: Partial<EsimUsageModuleOptions> = {}): Promise<CachedGateway> {
  const clock = createManualClock();
  const gateway = await startGateway({ clock, module });
  const lastKept = (): string | undefined => gateway.answers.at(-1)?.headers['cache-control'];
  return {
    ...gateway,
    clock,
    lastKept,
    async kept(query, variables) {
      await gateway.ask(query, variables);
      return lastKept();
    },
  };
}

describe('an answer', () => {
  it('may be kept by the client for as long as the upstream would only repeat it', async () => {
    const { clock, kept } = await start();
    expect(await kept(readOne, { iccid })).toBe('max-age=1200, private');
    await clock.advance(5 * minuteMs);
    expect(await kept(readOne, { iccid })).toBe('max-age=900, private');
    await clock.advance(15 * minuteMs - 1_001);
    expect(await kept(readOne, { iccid })).toBe('max-age=1, private');
    // Less than a second is none.
    await clock.advance(2);
    expect(await kept(readOne, { iccid })).toBe('no-store');
  });

  it('may be kept for a day when the eSIM is recycled', async () => {
    const { kept } = await start();
    expect(await kept(readOne, { iccid: scenarioIccids.recycled })).toBe('max-age=86400, private');
  });

  it('may be kept by everybody when the module says so', async () => {
    const { kept } = await start({ cacheScope: 'PUBLIC' });
    expect(await kept(readOne, { iccid })).toBe('max-age=1200, public');
  });

  it.each([
    ['one after the other', readAside, { iccid, other }],
    ['in one list', readTwo, { iccids: [iccid, other] }],
    ['in one list, the new one first', readTwo, { iccids: [other, iccid] }],
  ])('may be kept until the older of two readings ends, asked for %s', async (_how, query, variables) => {
    const { clock, kept } = await start();
    await kept(readOne, { iccid });
    await clock.advance(5 * minuteMs);
    expect(await kept(query, variables)).toBe('max-age=900, private');
    await clock.advance(minuteMs);
    expect(await kept(query, variables)).toBe('max-age=840, private');
  });

  it.each([
    ['one after the other', readAside, { iccid, other }],
    ['in one list', readTwo, { iccids: [iccid, other] }],
    ['in one list, the new one first', readTwo, { iccids: [other, iccid] }],
  ])(
    'counts from when it is given, and not from when its first reading was at hand: %s',
    async (_how, query, variables) => {
      const { ask, bendUsage, clock, kept, lastKept, seen } = await start();
      await kept(readOne, { iccid });
      await clock.advance(5 * minuteMs);
      const came = createLatch();
      bendUsage(() => came.opened);
      const answer = ask(query, variables);
      await seen('cache.hit');
      await seen('upstream.request', 2);
      await clock.advance(7_000);
      came.open();
      expect(await answer).toMatchObject({ status: 200 });
      expect(lastKept()).toBe('max-age=893, private');
    },
  );

  it('may be kept whatever else of the reading is asked for, its eSIM and the names of types included', async () => {
    const { clock, kept } = await start();
    await kept(readOne, { iccid });
    await clock.advance(5 * minuteMs);
    const everything = `query ($iccid: ICCID!) {
      __typename
      esimUsage(iccid: $iccid) {
        __typename
        ... on EsimUsage {
          iccid
          data { total remaining used unit }
          voice { total }
          freshness { fetchedAt staleReason }
          esim { iccid usage { ... on EsimUsage { iccid data { remaining } esim { iccid } } } }
        }
      }
    }`;
    expect(await kept(everything, { iccid })).toBe('max-age=900, private');
  });

  it('says the same when it is asked for by GET', async () => {
    const { clock, lastKept, send } = await start();
    const path = `/graphql?${new URLSearchParams({ query: readOne, variables: JSON.stringify({ iccid }) })}`;
    const get = () => send(path, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await get()).toEqual({ status: 200, body: { data: { esimUsage: { status: 'ACTIVE' } } } });
    expect(lastKept()).toBe('max-age=1200, private');
    await clock.advance(5 * minuteMs);
    await get();
    expect(lastKept()).toBe('max-age=900, private');
  });
});

describe('an answer with a problem', () => {
  it.each([
    ['for a minute, when an eSIM is not found', scenarioIccids.notFound, 'max-age=60, private'],
    ['as long as anything, when it is no ICCID', 'none', 'max-age=86400, private'],
  ])('may be kept %s', async (_how, wrong, alone) => {
    const { kept } = await start();
    expect(await kept(readOne, { iccid: wrong })).toBe(alone);
  });

  it.each([
    [scenarioIccids.notFound, 'max-age=60, private'],
    ['none', 'max-age=1200, private'],
  ])('may be kept no longer than the reading beside it: %s', async (wrong, together) => {
    const { kept } = await start();
    expect(await kept(readAside, { iccid, other: wrong })).toBe(together);
    expect(await kept(readTwo, { iccids: [wrong, iccid] })).toBe(together);
    // The reading beside it is none the worse.
    expect(await kept(readOne, { iccid })).toBe('max-age=1200, private');
  });

  it('may be kept for a second when the problem passes: then its `retryAfterSeconds` is no longer true', async () => {
    const { bendUsage, kept } = await start();
    bendUsage(({ reply }) => ({ ...reply, status: 502 }));
    expect(await kept(readOne, { iccid })).toBe('max-age=1, private');
    bendUsage(undefined);
    expect(await kept(readTwo, { iccids: [iccid, other] })).toBe('max-age=1, private');
  });
});

describe('an answer that is to be kept by nobody', () => {
  it('is one with an old reading, served while a new one is on its way', async () => {
    const { ask, bendUsage, clock, kept, lastKept, seen } = await start();
    await kept(readOne, { iccid });
    await clock.advance(20 * minuteMs);
    const came = createLatch();
    bendUsage(() => came.opened);
    const answer = ask(readOne, { iccid });
    await seen('upstream.request', 2);
    await clock.advance(300);
    expect(await answer).toMatchObject({ status: 200 });
    expect(lastKept()).toBe('no-store');
    came.open();
    await seen('cache.fill', 2);
    expect(await kept(readOne, { iccid })).toBe('max-age=1200, private');
  });

  it('is one with an old reading, served because no new one can be had', async () => {
    const { bendUsage, clock, kept } = await start();
    await kept(readOne, { iccid });
    await clock.advance(20 * minuteMs);
    bendUsage(({ reply }) => ({ ...reply, status: 502 }));
    expect(await kept(readOne, { iccid })).toBe('no-store');
  });

  it('is one that has an old reading somewhere within', async () => {
    const { bendUsage, clock, kept } = await start();
    await kept(readOne, { iccid });
    await clock.advance(20 * minuteMs);
    await kept(readOne, { iccid: other });
    bendUsage(({ reply }) => ({ ...reply, status: 502 }));
    expect(await kept(readTwo, { iccids: [iccid, other] })).toBe('no-store');
    expect(await kept(readAside, { iccid: other, other: iccid })).toBe('no-store');
  });

  it.each([
    ['an operation that asks for too much', readTwo, { iccids: [iccid, other] }],
    ['a number that should be an ICCID', readOne, { iccid: 1 }],
    ['an unknown field', '{ esimUsage(iccid: "1") { nothing } }', {}],
    ['no GraphQL at all', '{', {}],
  ])('is one with an error: %s', async (_what, query, variables) => {
    const { kept } = await start({ maxIccids: 1 });
    expect(await kept(query, variables)).toBe('no-store');
  });

  it('is one with an error beside a reading', async () => {
    const { ask, lastKept } = await start({ maxIccids: 1 });
    const tooOften = Array.from({ length: 10 }, (_, index) => `again${index}: usage { __typename }`);
    const query = `query ($iccid: ICCID!) {
      esimUsage(iccid: $iccid) { ... on EsimUsage { status esim { ${tooOften.join(' ')} } } }
    }`;
    expect(await ask(query, { iccid })).toMatchObject({
      status: 200,
      body: {
        data: { esimUsage: { status: 'ACTIVE' } },
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      },
    });
    expect(lastKept()).toBe('no-store');
  });

  it.each(['{ __typename }', '{ esimUsages(iccids: []) { __typename } }'])(
    'is one without any reading: %s',
    async (query) => {
      const { kept } = await start();
      expect(await kept(query)).toBe('no-store');
    },
  );
});

describe('a host that has cache control of its own', () => {
  // As Apollo Server's documentation has it.
  const hostTypeDefs = `
    enum CacheControlScope {
      PUBLIC
      PRIVATE
    }

    directive @cacheControl(
      maxAge: Int
      scope: CacheControlScope
      inheritMaxAge: Boolean
    ) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

    type Query {
      ping: String @cacheControl(maxAge: 5)
    }
  `;

  it.each([
    ['before', (typeDefs: string) => [hostTypeDefs, typeDefs]],
    ['after', (typeDefs: string) => [typeDefs, hostTypeDefs]],
  ])('mounts the types beside it, its own %s them', async (_where, together) => {
    const { module } = await startModule();
    const schema = makeExecutableSchema({
      typeDefs: together(module.typeDefs),
      resolvers: [module.resolvers, { Query: { ping: () => 'pong' } }],
    });
    const source = `{ ping esimUsage(iccid: "${iccid}") { ... on EsimUsage { iccid esim { usage { ${status} } } } } }`;
    expect(await graphql({ schema, source, contextValue: module.createContext() })).toEqual({
      data: { ping: 'pong', esimUsage: { iccid, esim: { usage: { status: 'ACTIVE' } } } },
    });
    expect(schema.getDirective('cacheControl')?.args.map(({ name }) => name)).toEqual([
      'maxAge',
      'scope',
      'inheritMaxAge',
    ]);
  });

  it('may keep its own answers only until the reading in them ends', async () => {
    const clock = createManualClock();
    const { module } = await startModule({ clock });
    const server = new ApolloServer<EsimUsageContext>({
      typeDefs: [
        module.typeDefs,
        `type Query { trip: Trip @cacheControl(maxAge: 3600) }
         type Trip @cacheControl(maxAge: 3600) { id: ID! esim: Esim }`,
      ],
      resolvers: [module.resolvers, { Query: { trip: () => ({ id: '1', esim: { iccid } }) } }],
    });
    onTestFinished(() => server.stop());
    const kept = async (query: string): Promise<string | undefined> => {
      const { http } = await server.executeOperation({ query }, { contextValue: module.createContext() });
      return http.headers.get('cache-control');
    };
    const readTrip = `{ trip { id esim { iccid usage { ${status} } } } }`;
    expect(await kept('{ trip { id esim { iccid } } }')).toBe('max-age=3600, public');
    expect(await kept(readTrip)).toBe('max-age=1200, private');
    await clock.advance(5 * minuteMs);
    expect(await kept(readTrip)).toBe('max-age=900, private');
  });
});
