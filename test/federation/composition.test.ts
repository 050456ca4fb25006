import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ordersTypeDefs } from '../../examples/orders.js';
import type { SchemaOptions } from '../../src/schema/options.js';
import { createSchema } from '../../src/schema/schema.js';
import { compositions, type Subgraph } from '../support/supergraph.js';

const federation = true;
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`;

function usageWith(options: SchemaOptions): Subgraph {
  const { typeDefs } = createSchema({ federation, ...options });
  return { name: 'usage', url: 'http://usage.invalid', typeDefs: parse(typeDefs) };
}

/** Another team's subgraph that owns the entity. */
function ownerOf(entity: string, key: string, keyType: string): Subgraph {
  const sdl = `${link} type Query { order: ${entity} } type ${entity} @key(fields: "${key}") { ${key}: ${keyType}! label: String }`;
  return { name: 'orders', url: 'http://orders.invalid', typeDefs: parse(sdl) };
}

const orders: Subgraph = { name: 'orders', url: 'http://orders.invalid', typeDefs: ordersTypeDefs };

/** Subgraphs bring it for Apollo Server, which knows it by name. No type of the supergraph uses it. */
const explained = /^UNUSED_ENUM_TYPE: Enum type "CacheControlScope" is defined but unused/;

const optionsAndOwners: readonly [what: string, options: SchemaOptions, owner: Subgraph][] = [
  ['by default', {}, orders],
  ['without root fields', { rootFields: false }, orders],
  ['with another entity', { entity: 'Sim' }, ownerOf('Sim', 'iccid', 'ID')],
  ['with another key', { entityKey: 'id' }, ownerOf('Esim', 'id', 'ID')],
  ['with another type of key', { entityKeyType: 'String' }, ownerOf('Esim', 'iccid', 'String')],
  ['with a prefix', { typePrefix: 'Acme' }, orders],
  ['only for the authenticated', { authenticated: true }, orders],
  ['with scopes', { scopes: [['usage:read', 'esims:read'], ['support']] }, orders],
  ['with tags', { tags: ['public', 'team/usage'] }, orders],
  [
    'with everything',
    {
      entity: 'Sim',
      entityKey: 'id',
      entityKeyType: 'String',
      typePrefix: 'Acme',
      rootFields: false,
      authenticated: true,
      scopes: [['usage:read']],
      tags: ['public'],
    },
    ownerOf('Sim', 'id', 'String'),
  ],
];

describe.each(Object.entries(compositions))('%s', (_engine, compose) => {
  it.each(optionsAndOwners)('composes the subgraph %s', (_what, options, owner) => {
    const { supergraphSdl, errors, hints } = compose([usageWith(options), owner]);
    expect(errors).toEqual([]);
    expect(hints.filter((hint) => !explained.test(hint))).toEqual([]);
    const entity = options.entity ?? 'Esim';
    const key = options.entityKey ?? 'iccid';
    expect(supergraphSdl).toMatch(
      new RegExp(
        `type ${entity}\\s+@join__type\\(graph: ORDERS, key: "${key}"\\)\\s+@join__type\\(graph: USAGE, key: "${key}"\\)`,
      ),
    );
  });

  it('composes it with a supergraph whose names are the common ones', () => {
    const names = `${link}
      scalar DateTime
      type Query { rateLimit: RateLimit  quota: Quota  error: Error  unit: Unit  usage(id: ID!): Usage }
      type Error { message: String! at: DateTime }
      type RateLimit { remaining: Int resetAt: DateTime }
      type Quota { total: Int }
      type Usage { quota: Quota status: Status problem: Problem }
      type Problem { code: String }
      enum Status { ACTIVE }
      enum Unit { BYTES }`;
    const others = { name: 'others', url: 'http://others.invalid', typeDefs: parse(names) };
    const { errors, hints } = compose([usageWith({}), orders, others]);
    expect(errors).toEqual([]);
    expect(hints.filter((hint) => !explained.test(hint))).toEqual([]);
  });

  it('composes it, with a prefix, with a supergraph that has its very names', () => {
    const names = `${link}
      type Query { usage: EsimUsage }
      type EsimUsage { mine: UsageStatus at: DateTime id: ICCID }
      enum UsageStatus { MINE }
      type DateTime { seconds: Int }
      type ICCID { digits: String }`;
    const others = { name: 'others', url: 'http://others.invalid', typeDefs: parse(names) };
    expect(compose([usageWith({}), orders, others]).errors).not.toEqual([]);
    expect(compose([usageWith({ typePrefix: 'Acme' }), orders, others]).errors).toEqual([]);
  });

  it('composes it with another subgraph of Apollo Server’s that has cache control', () => {
    const cached = `${link}
      enum CacheControlScope { PUBLIC PRIVATE }
      directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
      type Query { ping: String @cacheControl(maxAge: 5) }`;
    const others = { name: 'others', url: 'http://others.invalid', typeDefs: parse(cached) };
    const { errors, hints } = compose([usageWith({}), orders, others]);
    expect(errors).toEqual([]);
    expect(hints.filter((hint) => !explained.test(hint))).toEqual([]);
  });
});

describe('what the router demands', () => {
  it('stands on the ways to usage only, and not on what other subgraphs own', () => {
    const { typeDefs } = createSchema({ federation, authenticated: true, scopes: [['a', 'b'], ['c']] });
    const guarded = typeDefs
      .split('\n')
      .filter((line) => line.includes('@requiresScopes(') && line.includes('@auth'));
    expect(guarded.map((line) => line.trim())).toEqual([
      'usage: EsimUsageResult @authenticated @requiresScopes(scopes: [["a", "b"], ["c"]])',
      '): EsimUsageResult @authenticated @requiresScopes(scopes: [["a", "b"], ["c"]])',
      '): [EsimUsageResult!] @authenticated @requiresScopes(scopes: [["a", "b"], ["c"]])',
    ]);
  });
});
