import { cacheKeys, possibleTypes, typePolicies } from 'esim-usage-gateway/client';
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
  ])(
    'refuse a reading when they do not know which it is, because it would be mixed with the next: %j',
    (data) => {
      expect(() => cacheKeys.EsimUsage(data)).toThrow('Select `iccid` and `freshness { fetchedAt }`');
    },
  );

  it('tell two problems of one eSIM apart where they can', () => {
    const { EsimUsageProblem } = cacheKeys;
    expect(EsimUsageProblem({ requestedIccid: '894', code: 'THROTTLED' })).toBe('894@THROTTLED');
    expect(EsimUsageProblem({ requestedIccid: null, code: 'INVALID_ICCID' })).toBe('null@INVALID_ICCID');
    expect(EsimUsageProblem({ code: 'THROTTLED' })).toBeNull();
    expect(EsimUsageProblem({ requestedIccid: '894' })).toBeNull();
  });

  it('leave what has no identity where it is', () => {
    const { EsimUsageFreshness, EsimUsageQuota } = cacheKeys;
    expect([EsimUsageFreshness(), EsimUsageQuota()]).toEqual([null, null]);
  });

  it('know every object type of the schema, and every union', () => {
    const types = Object.values(createSchema({}).schema.getTypeMap());
    const ours = types.filter(
      (type) => type.astNode?.kind === 'ObjectTypeDefinition' && type.name !== 'Query',
    );
    const names = ours.map(({ name }) => name).sort();
    expect(Object.keys(cacheKeys).sort()).toEqual(names);
    expect(Object.keys(typePolicies).sort()).toEqual(names);
    const unions = types.filter(isUnionType);
    expect(possibleTypes).toEqual(
      Object.fromEntries(unions.map((union) => [union.name, union.getTypes().map(({ name }) => name)])),
    );
  });
});
