import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createExamples } from '../../src/pages/examples.js';
import type { SchemaOptions } from '../../src/schema/options.js';
import { createSchema } from '../../src/schema/schema.js';
import type { UsageQuery } from '../../src/usage-query.js';
import { documentedLimits, type StartedGateway, startGateway } from '../support/start-gateway.js';

const simulated = { scenarios: scenarioIccids, fleet: fleetIccids(80) };

const renamed: SchemaOptions = { federation: true, entity: 'Sim', entityKey: 'id', typePrefix: 'Acme' };
const schemas: readonly [name: string, options: SchemaOptions][] = [
  ['a schema of its own', {}],
  ['types with a prefix', { typePrefix: 'Acme' }],
  ['a subgraph', { federation: true }],
  ['a subgraph with names of its own', renamed],
  ['a subgraph without root fields', { federation: true, rootFields: false }],
  ['a subgraph with names of its own and no root fields', { ...renamed, rootFields: false }],
  [
    'a subgraph with keys that are strings',
    { ...renamed, rootFields: false, entityKeyType: 'String', authenticated: true },
  ],
];

/** By the names of their operations. */
function byName(examples: readonly UsageQuery[]): Record<string, UsageQuery> {
  return Object.fromEntries(
    examples.map((example) => [/^query (\w+)/m.exec(example.query)?.[1] ?? '', example]),
  );
}

/** A gateway that reads at once or not at all: the five calls that the upstream lets pass, of which a token is one. */
function startLimited(schema?: SchemaOptions): Promise<StartedGateway> {
  return startGateway({ module: { ...documentedLimits, deadlineMs: 500, schema } });
}

async function run(example: UsageQuery | undefined, schema?: SchemaOptions): Promise<unknown> {
  const { ask } = await startLimited(schema);
  const { status, body } = await ask(example?.query ?? '', example?.variables);
  expect(status).toBe(200);
  return body;
}

const time = {
  fetchedAt: '2026-01-01T00:00:01.000Z',
  asOfNotBefore: '2025-12-31T23:40:01.000Z',
  freshUntil: '2026-01-01T00:20:01.000Z',
  staleReason: null,
};
const expiresAt = '2026-01-31T00:00:01.000Z';
const megabytes = (total: number, remaining: number) => ({
  unit: 'MEGABYTES',
  total,
  remaining,
  used: total - remaining,
});
const row = (iccid: string, status: string, data: object | null, end: string | null) => ({
  __typename: 'EsimUsage',
  iccid,
  status,
  isUnlimited: false,
  data,
  expiresAt: end,
  freshness: { fetchedAt: time.fetchedAt, staleReason: null },
});
const problem = (code: string, message: string, retryAfterSeconds: number | null = null) => ({
  __typename: 'EsimUsageProblem',
  code,
  message,
  retryAfterSeconds,
});
const throttled = 'The limits of the eSIM provider leave no room for this reading in time.';

describe('the worked examples', () => {
  const examples = byName(createExamples({}, simulated));

  it('are one for each situation', () => {
    expect(Object.keys(examples)).toEqual([
      'PhoneScreen',
      'SeveralEsims',
      'UnlimitedPlan',
      'RecycledEsim',
      'MalformedIccid',
      'ThrottledList',
    ]);
  });

  it('say at their top what to see, in lines that fit', () => {
    for (const { query } of Object.values(examples)) {
      const lines = query.split('\n');
      expect(lines[0]).toMatch(/^# [A-Z0-9]/);
      expect(lines.filter((line) => line.length > 46)).toEqual([]);
    }
  });

  it('show a phone’s screen', async () => {
    expect(await run(examples.PhoneScreen)).toEqual({
      data: {
        esimUsage: {
          __typename: 'EsimUsage',
          status: 'ACTIVE',
          isUnlimited: false,
          data: megabytes(2048, 767),
          voice: { unit: 'MINUTES', total: 100, remaining: 60, used: 40 },
          text: { unit: 'MESSAGES', total: 50, remaining: 20, used: 30 },
          expiresAt,
          freshness: time,
        },
      },
    });
  });

  it('show several eSIMs, of which one is a problem', async () => {
    const { dataPlan, notActive, usedUp, expired, undocumentedStatus } = scenarioIccids;
    const past = '2022-01-01T00:00:00.000Z';
    // Six readings and a token are more than a second's five calls.
    const { ask } = await startGateway();
    const example = examples.SeveralEsims;
    expect((await ask(example?.query ?? '', example?.variables)).body).toEqual({
      data: {
        esimUsages: [
          row(dataPlan, 'ACTIVE', megabytes(2048, 767), expiresAt),
          row(notActive, 'NOT_ACTIVE', megabytes(3072, 3072), null),
          row(usedUp, 'FINISHED', megabytes(1024, 0), past),
          row(expired, 'EXPIRED', megabytes(1024, 300), past),
          row(undocumentedStatus, 'UNKNOWN', megabytes(1024, 512), past),
          problem('NOT_FOUND', 'No eSIM with this ICCID is known.'),
        ],
      },
    });
  });

  it('show an unlimited plan', async () => {
    expect(await run(examples.UnlimitedPlan)).toEqual({
      data: {
        esimUsage: {
          __typename: 'EsimUsage',
          status: 'ACTIVE',
          isUnlimited: true,
          data: null,
          voice: null,
          text: null,
          expiresAt,
          freshness: time,
        },
      },
    });
  });

  it('show a recycled eSIM', async () => {
    expect(await run(examples.RecycledEsim)).toEqual({
      data: {
        esimUsage: {
          __typename: 'EsimUsage',
          status: 'RECYCLED',
          isUnlimited: null,
          data: null,
          voice: null,
          text: null,
          expiresAt: null,
          freshness: { ...time, freshUntil: '2026-01-02T00:00:01.000Z' },
        },
      },
    });
  });

  it('show what is no ICCID, and that it spoils nothing', async () => {
    expect(await run(examples.MalformedIccid)).toEqual({
      data: {
        esimUsages: [
          problem('INVALID_ICCID', 'An ICCID is a string of 15 to 22 digits.'),
          row(scenarioIccids.dataPlan, 'ACTIVE', megabytes(2048, 767), expiresAt),
        ],
      },
    });
  });

  it('show what is more than the limits let through, each with a moment to come back at, four to a second', async () => {
    const { fleet } = simulated;
    expect(await run(examples.ThrottledList)).toEqual({
      data: {
        esimUsages: fleet.map((iccid, at) =>
          at < 4
            ? row(iccid, 'ACTIVE', megabytes(1024 + at, 512 + at), expiresAt)
            : problem('THROTTLED', throttled, Math.ceil(at / 4)),
        ),
      },
    });
  });
});

describe.each(schemas)('the worked examples of %s', (_name, options) => {
  const { schema } = createSchema(options);

  it.each([
    ['with the simulator', simulated],
    ['for a real account', null],
  ])('are what the schema can answer, %s', (_with, iccids) => {
    for (const { query } of createExamples(options, iccids))
      expect(validate(schema, parse(query))).toEqual([]);
  });

  it('get the same answers', async () => {
    const own = byName(createExamples({}, simulated));
    const fitted = byName(createExamples(options, simulated));
    for (const name of ['PhoneScreen', 'RecycledEsim', 'MalformedIccid', 'ThrottledList']) {
      const usages = usagesIn(await run(own[name]));
      const prefixed = JSON.stringify(usages).replaceAll(
        '"EsimUsage',
        `"${options.typePrefix ?? ''}EsimUsage`,
      );
      expect(usagesIn(await run(fitted[name], options)), name).toEqual(JSON.parse(prefixed));
    }
  });
});

/** The results in an answer, whichever way they were asked for. */
function usagesIn(body: unknown): unknown[] {
  const { esimUsage, esimUsages, _entities } = Object(body).data;
  return esimUsages ?? _entities?.map((entity: { usage: unknown }) => entity.usage) ?? [esimUsage];
}

it('has one example without a simulator, with an ICCID to fill in', () => {
  expect(createExamples({}, null).map(({ variables }) => variables)).toEqual([{ iccid: '' }]);
  expect(createExamples({ federation: true, rootFields: false }, null)[0].variables).toEqual({
    representations: [{ __typename: 'Esim', iccid: '' }],
  });
});
