import { cacheKeys, possibleTypes } from 'esim-usage-gateway/client';
import { isUnionType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/schema/schema.js';

describe('the keys of a client cache', () => {
  it('tell two readings of one eSIM apart', () => {
    const fetchedAt = '2026-01-01T12:00:00.000Z';
    expect(cacheKeys.EsimUsage({ iccid: '894', freshness: { fetchedAt } })).toBe(`894@${fetchedAt}`);
    expect(cacheKeys.Esim({ iccid: '894' })).toBe('894');
  });

  it.each([
    {},
    { iccid: '894' },
    { iccid: '894', freshness: null },
    { iccid: '894', freshness: {} },
    { freshness: { fetchedAt: '2026-01-01T12:00:00.000Z' } },
  ])('leave a reading where it is when they do not know which it is: %j', (data) => {
    expect(cacheKeys.EsimUsage(data)).toBeNull();
  });

  it('leave what has no identity where it is', () => {
    const { EsimUsageFreshness, EsimUsageProblem, EsimUsageQuota } = cacheKeys;
    expect([EsimUsageFreshness(), EsimUsageProblem(), EsimUsageQuota()]).toEqual([null, null, null]);
  });

  it('know every object type of the schema, and every union', () => {
    const types = Object.values(createSchema({}).schema.getTypeMap());
    const ours = types.filter(
      (type) => type.astNode?.kind === 'ObjectTypeDefinition' && type.name !== 'Query',
    );
    expect(Object.keys(cacheKeys).sort()).toEqual(ours.map(({ name }) => name).sort());
    const unions = types.filter(isUnionType);
    expect(possibleTypes).toEqual(
      Object.fromEntries(unions.map((union) => [union.name, union.getTypes().map(({ name }) => name)])),
    );
  });
});
