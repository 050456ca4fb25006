import { readdirSync, readFileSync } from 'node:fs';
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isEnumType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTime } from '../../src/resolvers/DateTime.js';
import { startGateway, startModule } from '../support/start-gateway.js';

const folder = new URL('../../schema/', import.meta.url);
const sdl = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

/** The schema as the explorer and every other client gets to know it. */
async function introspect(): Promise<GraphQLSchema> {
  const { ask } = await startGateway({ introspection: true });
  const { body } = await ask(getIntrospectionQuery());
  const { data } = Object(body);
  const introspected: IntrospectionQuery = data;
  return buildClientSchema(introspected);
}

/** Every place of a schema of our own that can have a description. */
function places(schema: GraphQLSchema): { place: string; description: unknown }[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !(isSpecifiedScalarType(type) || isIntrospectionType(type)),
  );
  return types.flatMap((type) => {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const values = isEnumType(type) ? type.getValues() : [];
    return [
      { place: type.name, description: type.description },
      ...values.map(({ name, description }) => ({ place: `${type.name}.${name}`, description })),
      ...fields.flatMap(({ name, description, args }) => [
        { place: `${type.name}.${name}`, description },
        ...args.map((arg) => ({ place: `${type.name}.${name}(${arg.name})`, description: arg.description })),
      ]),
    ];
  });
}

describe('the schema', () => {
  it('is, as a client gets to know it, that of the SDL files, descriptions included', async () => {
    const known = printSchema(lexicographicSortSchema(await introspect()));
    expect(known).toBe(printSchema(lexicographicSortSchema(buildSchema(sdl))));
  });

  it('describes every type, field, argument, enum value and scalar', async () => {
    const all = places(await introspect());
    expect(all.filter(({ description }) => typeof description !== 'string' || description === '')).toEqual(
      [],
    );
    expect(all.map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        'ICCID',
        'DateTime',
        'Query.esimUsage(iccid)',
        'UsageStatus.RECYCLED',
        'Esim.usage',
      ]),
    );
  });

  it('is handed out as SDL that says the same as the files', async () => {
    const { module } = await startModule();
    expect(printSchema(lexicographicSortSchema(buildSchema(module.typeDefs)))).toBe(
      printSchema(lexicographicSortSchema(buildSchema(sdl))),
    );
  });

  it('has resolvers for types of its own only', async () => {
    const { module } = await startModule();
    expect(Object.keys(module.resolvers).filter((name) => module.schema.getType(name) === undefined)).toEqual(
      [],
    );
  });

  it('writes a moment in UTC to the millisecond, and nothing else as a moment', () => {
    expect(DateTime.serialize(new Date('2026-01-31T14:00:00.5+02:00'))).toBe('2026-01-31T12:00:00.500Z');
    expect(() => DateTime.serialize('2026-01-31')).toThrow(new TypeError('expected a Date'));
  });
});
