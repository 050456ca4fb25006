import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { buildASTSchema, isObjectType, parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type SchemaOptions, schemaSettingsOf } from '../../src/schema/options.js';
import { createSchema } from '../../src/schema/schema.js';

const name = fc.stringMatching(/^[A-Za-z](_?[A-Za-z0-9]){0,9}$/).filter((text) => !(text in {}));
const options: fc.Arbitrary<SchemaOptions> = fc.record(
  {
    federation: fc.constant(true),
    entity: name.map((text) => `${text}Sim`),
    entityKey: name.filter((text) => text !== 'usage'),
    entityKeyType: fc.constantFrom('ID', 'String'),
    typePrefix: name.map((text) => `A${text}`),
    rootFields: fc.boolean(),
    authenticated: fc.boolean(),
    scopes: fc.array(fc.array(fc.stringMatching(/^[!#-[\]-~]{1,9}$/), { minLength: 1, maxLength: 3 }), {
      maxLength: 3,
    }),
    tags: fc.array(fc.stringMatching(/^[_A-Za-z][-/_A-Za-z0-9]{0,9}$/), { maxLength: 3 }),
  },
  { requiredKeys: ['federation'] },
);

describe('the options of the schema', () => {
  it('have these defaults', () => {
    expect(schemaSettingsOf()).toEqual({
      federation: false,
      entity: 'Esim',
      entityKey: 'iccid',
      entityKeyType: 'ID',
      typePrefix: '',
      rootFields: true,
      authenticated: false,
      scopes: [],
      tags: [],
    });
    expect(schemaSettingsOf({ federation: undefined, entity: 'Sim' })).toEqual({
      ...schemaSettingsOf(),
      entity: 'Sim',
    });
  });

  it.each<[SchemaOptions, string]>([
    [{ entity: 'Query' }, 'schema.entity: expected a name that no other type has, got "Query"'],
    [
      { entity: '1Sim' },
      'schema.entity: expected the name of a GraphQL object type, of letters and digits, got "1Sim"',
    ],
    [
      { entity: '__Sim' },
      'schema.entity: expected the name of a GraphQL object type, of letters and digits, got "__Sim"',
    ],
    [
      { entity: 'constructor' },
      'schema.entity: expected the name of a GraphQL object type, of letters and digits, got "constructor"',
    ],
    [
      { entity: '_Entity' },
      'schema.entity: expected the name of a GraphQL object type, of letters and digits, got "_Entity"',
    ],
    [
      { entity: 'AcmeEsimUsage', typePrefix: 'Acme' },
      'schema.entity: expected a name that no other type has, got "AcmeEsimUsage"',
    ],
    [
      { entity: '' },
      'schema.entity: expected the name of a GraphQL object type, of letters and digits, got ""',
    ],
    [{ entity: 'EsimUsage' }, 'schema.entity: expected a name that no other type has, got "EsimUsage"'],
    [
      { entityKey: 'usage' },
      'schema.entityKey: expected the name of a GraphQL field other than usage, of letters and digits, got "usage"',
    ],
    [
      { entityKey: 'i d' },
      'schema.entityKey: expected the name of a GraphQL field other than usage, of letters and digits, got "i d"',
    ],
    [
      { typePrefix: 'a-' },
      'schema.typePrefix: expected the beginning of a GraphQL name, of letters and digits, got "a-"',
    ],
    [
      { federation: true, scopes: [[]] },
      'schema.scopes: expected sets of scopes, each without spaces and quotes, got [[]]',
    ],
    [
      { federation: true, scopes: [['a b']] },
      'schema.scopes: expected sets of scopes, each without spaces and quotes, got [["a b"]]',
    ],
    [
      { federation: true, tags: ['no tag'] },
      'schema.tags: expected names of letters, digits, underscores, hyphens and slashes, got ["no tag"]',
    ],
    [{ authenticated: true }, 'schema.authenticated: expected only with federation, got true'],
    [{ scopes: [['a']] }, 'schema.scopes: expected only with federation, got [["a"]]'],
    [{ tags: ['a'] }, 'schema.tags: expected only with federation, got ["a"]'],
  ])('cannot be %j', (wrong, message) => {
    expect(() => createSchema(wrong)).toThrow(new TypeError(message));
  });

  it('make an SDL that can be read, whose entity has its key and its usage, whatever they are', () => {
    fc.assert(
      fc.property(options, (given) => {
        const { entity, entityKey, entityKeyType, typePrefix } = schemaSettingsOf(given);
        const { typeDefs, schema } = createSchema(given);
        const read = buildASTSchema(parse(typeDefs), { assumeValidSDL: true });
        const type = read.getType(entity);
        const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
        expect(fields.map((field) => [field.name, String(field.type)])).toEqual([
          [entityKey, `${entityKeyType}!`],
          ['usage', `${typePrefix}EsimUsageResult`],
        ]);
        // All that is there by that name is executable, too.
        expect(Object.keys(read.getTypeMap()).filter((each) => schema.getType(each) === undefined)).toEqual(
          [],
        );
      }),
    );
  });

  it.each(['', 'Acme'])('let an entity be called as no other type is, with the prefix "%s"', (typePrefix) => {
    const { schema } = createSchema({ typePrefix });
    const types = Object.keys(schema.getTypeMap()).filter(
      (each) => !each.startsWith('__') && each !== 'Esim',
    );
    for (const entity of types)
      expect(() => createSchema({ entity, typePrefix })).toThrow(/no other type has/);
  });

  it('change nothing in the SDL when there are none', () => {
    const { typeDefs } = createSchema();
    const subgraph = createSchema({ federation: true }).typeDefs;
    expect(subgraph).toBe(
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n\n${typeDefs.replace('type Esim @', 'type Esim @key(fields: "iccid") @')}`,
    );
    const folder = new URL('../../schema/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
    const shipped = files.sort().map((name) => readFileSync(new URL(name, folder), 'utf8'));
    expect(print(parse(typeDefs))).toBe(print(parse(shipped.join('\n'))));
  });
});
