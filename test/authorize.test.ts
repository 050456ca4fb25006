import { setImmediate } from 'node:timers/promises';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createManualClock } from './support/manual-clock.js';
import { startModule } from './support/start-gateway.js';

const own = '8944465400000267221';
const others = '8910300000005271146';
const unknown = '8944465400000267254';

const notFound = {
  __typename: 'EsimUsageProblem',
  code: 'NOT_FOUND',
  message: 'No eSIM with this ICCID is known.',
  retryAfterSeconds: null,
};
const result = `__typename
  ... on EsimUsage { iccid }
  ... on EsimUsageProblem { code message retryAfterSeconds }`;

/** A module whose callers may see what they say they own, with everything that it was asked to decide. */
async function startWithOwners(
  decide: (iccids: readonly string[], owned: readonly string[]) => unknown = (_iccids, owned) => owned,
) {
  const asked: { iccids: readonly string[]; request: unknown }[] = [];
  const clock = createManualClock();
  const started = await startModule({
    clock,
    module: {
      schema: { federation: true },
      async authorize(iccids, request) {
        asked.push({ iccids, request });
        const decided = await decide(iccids, [...(request?.iccids ?? [])]);
        return Array.isArray(decided) ? decided.map(String) : [];
      },
    },
  });
  return {
    ...started,
    clock,
    asked,
    ask: (source: string, owned?: readonly string[]) =>
      graphql({
        schema: started.module.schema,
        source,
        contextValue: started.module.createContext({ request: owned && { iccids: new Set(owned) } }),
      }),
  };
}

describe('who may see what', () => {
  it('is asked once for all that an operation names, with what its context was made with', async () => {
    const { ask, asked, usageCalls } = await startWithOwners();
    const owned = [own];
    const answer = await ask(
      `{
        first: esimUsage(iccid: "${own}") { ${result} }
        esimUsages(iccids: ["${own}", "${others}", "not an ICCID", "${others}"]) { ${result} }
        _entities(representations: [{ __typename: "Esim", iccid: "${own}" }, { __typename: "Esim", iccid: "${unknown}" }]) {
          ... on Esim { usage { ${result} } }
        }
      }`,
      owned,
    );
    const seen = { __typename: 'EsimUsage', iccid: own };
    expect(answer).toEqual({
      data: {
        first: seen,
        esimUsages: [seen, notFound, expect.objectContaining({ code: 'INVALID_ICCID' }), notFound],
        _entities: [{ usage: seen }, { usage: notFound }],
      },
    });
    expect(asked).toEqual([{ iccids: [own, others, unknown], request: { iccids: new Set(owned) } }]);
    expect(usageCalls()).toEqual([own]);
  });

  it('is not asked where no eSIM is named', async () => {
    const { ask, asked } = await startWithOwners();
    await ask(`{ esimUsages(iccids: []) { ${result} } }`);
    await ask(`{ esimUsage(iccid: "${own.slice(0, 9)}") { ${result} } }`);
    expect(asked).toEqual([]);
  });

  it('holds for what is in the cache, and for what others have just asked for', async () => {
    const { ask, usageCalls } = await startWithOwners();
    const query = `{ esimUsage(iccid: "${others}") { ${result} } }`;
    const [seen, refused] = await Promise.all([ask(query, [others]), ask(query, [own])]);
    expect(seen).toEqual({ data: { esimUsage: { __typename: 'EsimUsage', iccid: others } } });
    expect(refused).toEqual({ data: { esimUsage: notFound } });
    expect(await ask(query, [own])).toEqual({ data: { esimUsage: notFound } });
    expect(await ask(query)).toEqual({ data: { esimUsage: notFound } });
    expect(usageCalls()).toEqual([others]);
  });

  it('looks the same whether there is such an eSIM or not, and is reported', async () => {
    const { ask, events, usageCalls } = await startWithOwners();
    const refusals = [await ask(`{ esimUsage(iccid: "${others}") { ${result} } }`, [own])];
    refusals.push(await ask(`{ esimUsage(iccid: "${unknown}") { ${result} } }`, [own]));
    refusals.push(await ask(`{ esimUsage(iccid: "${unknown}") { ${result} } }`, [unknown]));
    expect(new Set(refusals.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify({ data: { esimUsage: notFound } })]),
    );
    expect(events.filter(({ type }) => type === 'loader.refused')).toEqual([
      { type: 'loader.refused', iccid: others },
      { type: 'loader.refused', iccid: unknown },
    ]);
    expect(usageCalls()).toEqual([unknown]);
  });

  it('gives nobody what was not asked for', async () => {
    const { ask } = await startWithOwners(() => [others, own, '*', 'constructor']);
    expect(await ask(`{ esimUsage(iccid: "${unknown}") { ${result} } }`)).toEqual({
      data: { esimUsage: notFound },
    });
  });

  it('that is not decided by the deadline is TIMED_OUT, and nothing is read', async () => {
    const { ask, clock, usageCalls } = await startWithOwners(() => new Promise(() => undefined));
    const answer = ask(`{ esimUsages(iccids: ["${own}", "x"]) { ${result} } }`, [own]);
    await setImmediate();
    await clock.advance(8_000);
    expect(await answer).toEqual({
      data: {
        esimUsages: [
          {
            __typename: 'EsimUsageProblem',
            code: 'TIMED_OUT',
            message: 'The eSIM provider did not answer in time.',
            retryAfterSeconds: 1,
          },
          expect.objectContaining({ code: 'INVALID_ICCID' }),
        ],
      },
    });
    expect(usageCalls()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('that cannot be decided is an error of each field, and nothing is read', async () => {
    const { ask, usageCalls, clock } = await startWithOwners(() => {
      throw new Error('no such database');
    });
    const { data, errors } = await ask(`{ a: esimUsage(iccid: "${own}") { ${result} } b: __typename }`, [
      own,
    ]);
    expect({ data, messages: errors?.map(({ message }) => message) }).toEqual({
      data: { a: null, b: 'Query' },
      messages: ['no such database'],
    });
    expect(usageCalls()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is never decided beside answers that everybody shares', () => {
    expect(() =>
      createEsimUsageModule({
        clientId: 'a',
        clientSecret: 'b',
        cacheScope: 'PUBLIC',
        authorize: (iccids) => iccids,
      }),
    ).toThrow(
      new TypeError('cacheScope: expected PRIVATE where not everybody may see everything, got PUBLIC'),
    );
  });
});
