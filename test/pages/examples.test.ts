import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createExamples } from '../../src/pages/examples.js';
import type { SchemaOptions } from '../../src/schema/options.js';
import { createSchema } from '../../src/schema/schema.js';
import type { UsageQuery } from '../../src/usage-query.js';
import { exampleAnswers, moduleFor, simulated } from '../support/example-answers.js';
import { startGateway } from '../support/start-gateway.js';

const renamed: SchemaOptions = { federation: true, entity: 'Sim', entityKey: 'id', typePrefix: 'Acme' };
const schemas: readonly [name: string, options: SchemaOptions][] = [
  ['a schema of its own', {}],
  ['types with a prefix', { typePrefix: 'Acme' }],
  ['a subgraph', { federation: true }],
  ['a subgraph with names of its own', renamed],
  ['a subgraph without root fields', { federation: true, rootFields: false }],
  ['a subgraph with names of its own and no root fields', { ...renamed, rootFields: false }],
  [
    'a subgraph with keys that are strings, for those who are known',
    { ...renamed, rootFields: false, entityKeyType: 'String', authenticated: true },
  ],
];

/** By the names of their operations. */
function byName(examples: readonly UsageQuery[]): Map<string, UsageQuery> {
  return new Map(examples.map((example) => [/^query (\w+)/m.exec(example.query)?.[1] ?? '', example]));
}

describe('the worked examples', () => {
  const examples = byName(createExamples({}, simulated));

  it('are one for each situation', () => {
    expect([...examples.keys()]).toEqual(Object.keys(exampleAnswers));
  });

  it('say at their top what to see, in lines that fit', () => {
    for (const { query } of examples.values()) {
      expect(query).toMatch(/^# [A-Z0-9]/);
      expect(query.split('\n').filter((line) => line.length > 46)).toEqual([]);
    }
  });

  it('are of one phone’s screen without a simulator, with an ICCID to fill in', () => {
    expect(createExamples({}, null).map(({ variables }) => variables)).toEqual([{ iccid: '' }]);
    expect(createExamples({ federation: true, rootFields: false }, null)[0].variables).toEqual({
      representations: [{ __typename: 'Esim', iccid: '' }],
    });
  });
});

describe.each(schemas)('the worked examples for %s', (_name, options) => {
  const examples = byName(createExamples(options, simulated));

  it('are what it can answer', () => {
    const { schema } = createSchema(options);
    for (const { query } of [...examples.values(), ...createExamples(options, null)])
      expect(validate(schema, parse(query))).toEqual([]);
  });

  it.each(Object.keys(exampleAnswers))('are answered by what they are to show: %s', async (name) => {
    const { ask } = await startGateway({ module: moduleFor(name, options) });
    const { query = '', variables } = examples.get(name) ?? {};
    expect(await ask(query, variables)).toEqual({ status: 200, body: answerBy(options, name) });
  });
});

/** The answer in the names of a schema. */
function answerBy({ rootFields, typePrefix = '' }: SchemaOptions, name: string): unknown {
  const answer = exampleAnswers[name];
  const shaped =
    rootFields === false ? { data: { _entities: usagesIn(answer).map((usage) => ({ usage })) } } : answer;
  return JSON.parse(JSON.stringify(shaped).replaceAll('"EsimUsage', `"${typePrefix}EsimUsage`));
}

function usagesIn(answer: unknown): unknown[] {
  const { esimUsage, esimUsages } = Object(answer).data;
  return esimUsages ?? [esimUsage];
}
