import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { parse } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EsimUsageContext } from '../../src/context.js';
import type { EsimUsageModuleOptions } from '../../src/options.js';
import { createLatch } from '../support/latch.js';
import { createManualClock, type ManualClock } from '../support/manual-clock.js';
import { everyField, type StartedGateway, startGateway, startModule } from '../support/start-gateway.js';

const { dataPlan, notFound } = scenarioIccids;
const status = '... on EsimUsage { status } ... on EsimUsageProblem { code }';
const readEntities = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Esim { usage { ${status} } } }
}`;
const represent = (...iccids: readonly unknown[]) => ({
  representations: iccids.map((iccid) => ({ __typename: 'Esim', iccid })),
});
const active = { usage: { status: 'ACTIVE' } };
const invalid = { usage: { code: 'INVALID_ICCID' } };

interface Subgraph extends StartedGateway {
  readonly clock: ManualClock;
}

async function start(module: Partial<EsimUsageModuleOptions> = {}): Promise<Subgraph> {
  const clock = createManualClock();
  const gateway = await startGateway({ clock, module: { schema: { federation: true }, ...module } });
  return { ...gateway, clock };
}

describe('the SDL that a subgraph serves', () => {
  it('is the one that the package ships', async () => {
    const { ask } = await start();
    const { resolve } = createRequire(import.meta.url);
    const shipped = readFileSync(resolve('esim-usage-gateway/subgraph.graphql'), 'utf8');
    expect(await ask('{ _service { sdl } }')).toEqual({
      status: 200,
      body: { data: { _service: { sdl: shipped } } },
    });
  });

  it('is asked for in vain where there is no subgraph', async () => {
    const { ask } = await startGateway();
    expect(await ask('{ _service { sdl } }')).toMatchObject({ status: 400 });
    expect(await ask(readEntities, represent(dataPlan))).toMatchObject({ status: 400 });
  });
});

describe('a batch of entities', () => {
  it('is answered in its order, each representation for itself', async () => {
    const { ask, usageCalls } = await start();
    expect(await ask(readEntities, represent(dataPlan, 'none', notFound, dataPlan))).toEqual({
      status: 200,
      body: { data: { _entities: [active, invalid, { usage: { code: 'NOT_FOUND' } }, active] } },
    });
    expect(usageCalls()).toEqual([dataPlan, notFound]);
  });

  it('answers with every field what a root field does', async () => {
    const { ask } = await start();
    const [asEntity, atRoot] = [
      await ask(
        `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { __typename ... on Esim { iccid usage { ${everyField} } } }
        }`,
        represent(dataPlan),
      ),
      await ask(`query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ${everyField} } }`, { iccid: dataPlan }),
    ];
    const { esimUsage } = Object(atRoot.body).data;
    expect(asEntity).toEqual({
      status: 200,
      body: { data: { _entities: [{ __typename: 'Esim', iccid: dataPlan, usage: esimUsage }] } },
    });
  });

  it.each([
    ['a number', Number(dataPlan)],
    ['a whole number that is exact', 894446540000026],
    ['null', null],
    ['a list', [dataPlan]],
    ['an object', { iccid: dataPlan }],
    ['true', true],
  ])('C5 takes %s in a representation for no ICCID, and converts nothing', async (_what, iccid) => {
    const { ask, usageCalls } = await start();
    expect(await ask(readEntities, represent(iccid, dataPlan))).toEqual({
      status: 200,
      body: { data: { _entities: [invalid, active] } },
    });
    expect(usageCalls()).toEqual([dataPlan]);
  });

  it('C5 takes a number in a literal for no ICCID, and repeats no key that is none', async () => {
    const { ask, usageCalls } = await start();
    const query = `{
      _entities(representations: [{ __typename: "Esim", iccid: 8944465400000267221 }]) {
        ... on Esim { iccid usage { ${status} } }
      }
    }`;
    expect(await ask(query)).toEqual({
      status: 200,
      body: {
        data: { _entities: [null] },
        errors: [
          {
            message: 'An eSIM is named by its ICCID, which is a string.',
            locations: [{ line: 3, column: 23 }],
            path: ['_entities', 0, 'iccid'],
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
    expect(usageCalls()).toEqual([]);
  });

  it('C5 refuses a variable within a literal, which could make a text of a number', async () => {
    const { ask, usageCalls } = await start();
    const query = `query ($iccid: ID) {
      _entities(representations: [{ __typename: "Esim", iccid: $iccid }]) { ... on Esim { usage { ${status} } } }
    }`;
    expect(await ask(query, { iccid: Number(dataPlan) })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    });
    expect(usageCalls()).toEqual([]);
  });

  it('takes a representation that is a variable itself', async () => {
    const { ask } = await start();
    const query = `query ($one: _Any!) {
      _entities(representations: [$one, { __typename: "Esim", iccid: "${dataPlan}" }]) { ... on Esim { usage { ${status} } } }
    }`;
    expect(await ask(query, { one: represent(dataPlan).representations[0] })).toEqual({
      status: 200,
      body: { data: { _entities: [active, active] } },
    });
  });

  it('takes a representation without a key for no ICCID', async () => {
    const { ask, usageCalls } = await start();
    expect(await ask(readEntities, { representations: [{ __typename: 'Esim' }] })).toEqual({
      status: 200,
      body: { data: { _entities: [invalid] } },
    });
    expect(usageCalls()).toEqual([]);
  });

  it.each([
    ['of another type', { __typename: 'Order', iccid: dataPlan }],
    ['of no type', { iccid: dataPlan }],
    ['of a type that is no entity', { __typename: 'EsimUsage', iccid: dataPlan }],
    ['that is a text', 'Esim'],
  ])('refuses a representation %s, and that one only', async (_what, representation) => {
    const { ask, usageCalls } = await start();
    const { representations } = represent(dataPlan);
    expect(await ask(readEntities, { representations: [representation, ...representations] })).toEqual({
      status: 200,
      body: {
        data: { _entities: [null, active] },
        errors: [
          {
            message: 'This subgraph has no such entity.',
            locations: [{ line: 2, column: 3 }],
            path: ['_entities', 0],
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
    expect(usageCalls()).toEqual([dataPlan]);
  });

  it('C7 may name 200 different eSIMs', async () => {
    const { ask } = await start();
    const { body } = await ask(readEntities, represent(...fleetIccids(200)));
    expect(body).toEqual({ data: { _entities: Array.from({ length: 200 }, () => active) } });
  });

  it('C7 may not name 201, and then none is read', async () => {
    const { ask, usageCalls } = await start();
    const { body } = await ask(readEntities, represent(...fleetIccids(201)));
    expect(body).toMatchObject({
      data: { _entities: Array.from({ length: 201 }, () => ({ usage: null })) },
      errors: expect.arrayContaining([
        expect.objectContaining({
          message: 'A gateway may name at most 200 different ICCIDs.',
          extensions: { code: 'BAD_USER_INPUT' },
        }),
      ]),
    });
    expect(usageCalls()).toEqual([]);
  });

  it.each([
    ['of eSIMs', { __typename: 'Esim', iccid: dataPlan }],
    ['of nothing', null],
  ])('C7 refuses lists of 2,000 together that are %s, and asks nothing', async (_of, item) => {
    const { ask, simulator } = await start();
    const aliases = Array.from(
      { length: 30 },
      (_, index) =>
        `a${index}: _entities(representations: $representations) { __typename ... on Esim { usage { __typename } } }`,
    );
    const { status, body } = await ask(`query ($representations: [_Any!]!) { ${aliases.join(' ')} }`, {
      representations: Array.from({ length: 1_500 }, () => item ?? { __typename: 'X' }),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: null });
    expect(Object(body).errors.at(-1)).toMatchObject({
      message: 'A gateway may name at most 2000 ICCIDs, repeats included.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it('C7 has a budget of its own beside the root fields’', async () => {
    const { ask } = await start({ maxIccids: 2, maxReferences: 3 });
    const iccids = fleetIccids(5);
    const query = `query ($representations: [_Any!]!, $iccids: [ICCID!]!) {
      _entities(representations: $representations) { ... on Esim { usage { ${status} } } }
      esimUsages(iccids: $iccids) { ${status} }
    }`;
    expect(await ask(query, { ...represent(...iccids.slice(0, 3)), iccids: iccids.slice(3) })).toEqual({
      status: 200,
      body: {
        data: {
          _entities: [active, active, active],
          esimUsages: [{ status: 'ACTIVE' }, { status: 'ACTIVE' }],
        },
      },
    });
  });
});

describe('how long a batch of entities may be kept', () => {
  async function kept({ ask, answers }: Subgraph, ...iccids: readonly string[]) {
    await ask(readEntities, represent(...iccids));
    return answers.at(-1)?.headers['cache-control'];
  }
  const [one = '', other = ''] = fleetIccids(2);

  it('is until its oldest reading ends', async () => {
    const subgraph = await start();
    expect(await kept(subgraph, one)).toBe('max-age=1200, private');
    await subgraph.clock.advance(5 * 60_000);
    expect(await kept(subgraph, other, one)).toBe('max-age=900, private');
  });

  it('may be for everybody', async () => {
    expect(await kept(await start({ cacheScope: 'PUBLIC' }), one)).toBe('max-age=1200, public');
  });

  it('is as long as a problem in it is true, and never not at all for a problem’s sake', async () => {
    const subgraph = await start();
    expect(await kept(subgraph, one, 'none')).toBe('max-age=1200, private');
    expect(await kept(subgraph, one, notFound)).toBe('max-age=60, private');
    subgraph.bendUsage(({ reply }) => ({ ...reply, status: 502 }));
    expect(await kept(subgraph, one, other)).toBe('max-age=1, private');
  });

  it('is as long as a problem is true, though its readings took their time', async () => {
    const subgraph = await start();
    const came = createLatch();
    subgraph.bendUsage(({ arrival, reply }) =>
      arrival.iccid === one ? came.opened : { ...reply, status: 502 },
    );
    const answer = kept(subgraph, one, other);
    await subgraph.seen('cache.failure');
    await subgraph.seen('upstream.request', 2);
    await subgraph.clock.advance(7_000);
    came.open();
    expect(await answer).toBe('max-age=1, private');
  });

  it('is no longer for an ICCID that is not found than the gateway itself believes it', async () => {
    expect(await kept(await start({ notFoundMs: 5_000 }), one, notFound)).toBe('max-age=5, private');
  });

  it('is a day when only keys are asked for', async () => {
    const { ask, answers } = await start();
    await ask(
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Esim { iccid } } }',
      represent(one),
    );
    expect(answers.at(-1)?.headers['cache-control']).toBe('max-age=86400, private');
  });
});

describe('a subgraph that is called as the supergraph calls things', () => {
  const schema = {
    federation: true,
    entity: 'Sim',
    entityKey: 'id',
    entityKeyType: 'String',
    typePrefix: 'Acme',
  } as const;

  it('answers by those names', async () => {
    const { ask } = await start({ schema });
    const query = `query ($representations: [_Any!]!, $iccid: AcmeICCID!) {
      _entities(representations: $representations) {
        __typename
        ... on Sim { id usage { __typename ... on AcmeEsimUsage { status expiresAt esim { __typename id } } } }
      }
      esimUsage(iccid: $iccid) { __typename ... on AcmeEsimUsageProblem { code } }
    }`;
    const representations = [{ __typename: 'Sim', id: dataPlan }];
    expect(await ask(query, { representations, iccid: notFound })).toEqual({
      status: 200,
      body: {
        data: {
          _entities: [
            {
              __typename: 'Sim',
              id: dataPlan,
              usage: {
                __typename: 'AcmeEsimUsage',
                status: 'ACTIVE',
                expiresAt: '2026-01-31T00:00:01.000Z',
                esim: { __typename: 'Sim', id: dataPlan },
              },
            },
          ],
          esimUsage: { __typename: 'AcmeEsimUsageProblem', code: 'NOT_FOUND' },
        },
      },
    });
  });

  it('may be reached through the entity only', async () => {
    const { ask } = await start({ schema: { ...schema, rootFields: false } });
    const query =
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Sim { usage { __typename } } } }';
    expect(await ask(query, { representations: [{ __typename: 'Sim', id: dataPlan }] })).toEqual({
      status: 200,
      body: { data: { _entities: [{ usage: { __typename: 'AcmeEsimUsage' } }] } },
    });
    expect(await ask(`{ esimUsage(iccid: "${dataPlan}") { __typename } }`)).toMatchObject({ status: 400 });
  });
});

describe('a host that has its own subgraph', () => {
  const ownLink = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])`;
  const ownTypes = `
    type Query { trip: Trip }
    type Trip @key(fields: "id") @cacheControl(maxAge: 5) { id: ID! sim: Sim }
    extend type Sim @key(fields: "serial") { label: String @shareable }`;

  async function mount(entityKey: string) {
    const schema = { entity: 'Sim', entityKey, rootFields: false };
    const { module } = await startModule({ module: { schema } });
    const resolvers = {
      Query: { trip: () => ({ id: '1', sim: { [entityKey]: dataPlan } }) },
      Trip: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
      Sim: { label: () => 'mine' },
    };
    const server = new ApolloServer<EsimUsageContext>({
      schema: buildSubgraphSchema([
        { typeDefs: parse(module.typeDefs), resolvers: module.resolvers },
        {
          typeDefs: parse(ownLink + ownTypes.replace('serial', entityKey)),
          resolvers,
        },
      ]),
      plugins: [ApolloServerPluginInlineTraceDisabled()],
    });
    onTestFinished(() => server.stop());
    return async (query: string, variables: Record<string, unknown> = {}) => {
      const { body, http } = await server.executeOperation(
        { query, variables },
        { contextValue: module.createContext() },
      );
      const data = body.kind === 'single' ? JSON.parse(JSON.stringify(body.singleResult)) : null;
      return { data, kept: http.headers.get('cache-control') };
    };
  }

  it('mounts the types and resolvers in it, its own link beside them', async () => {
    const ask = await mount('serial');
    const read = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Sim { label serial usage { ${status} } } }
    }`;
    const sim = { label: 'mine', serial: dataPlan, ...active };
    const representation = { __typename: 'Sim', serial: dataPlan };
    expect(await ask(read, { representations: [representation, representation] })).toEqual({
      data: { data: { _entities: [sim, sim] } },
      kept: 'max-age=1200, private',
    });
  });

  it('names an eSIM by its own key in its own resolvers', async () => {
    const ask = await mount('serial');
    expect((await ask(`{ trip { sim { serial usage { ${status} } } } }`)).data).toEqual({
      data: { trip: { sim: { serial: dataPlan, ...active } } },
    });
  });

  it.each([
    ['Trip', 'Sim'],
    ['Sim', 'Trip'],
  ])('keeps its own hints beside ours: %s, %s', async (...order) => {
    const ask = await mount('serial');
    const representations = order.map((__typename) =>
      __typename === 'Sim' ? { __typename, serial: dataPlan } : { __typename, id: '1' },
    );
    const read =
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Trip { id } ... on Sim { serial } } }';
    expect((await ask(read, { representations })).kept).toBe('max-age=5, private');
  });
});
