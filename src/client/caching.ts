/**
 * For Apollo Client's `InMemoryCache`, besides `possibleTypes`. A reading is an object of its own: the ICCID and the moment it was
 * fetched are its key, so that the numbers of one reading never stand beside the age of another. Select both wherever you select a
 * reading.
 */
export const typePolicies = {
  Esim: { keyFields: ['iccid'] },
  EsimUsage: { keyFields: ['iccid', 'freshness', ['fetchedAt']] },
  EsimUsageFreshness: { merge: true },
  EsimUsageQuota: { merge: true },
} as const;

/** Which types are members of which, for Apollo Client's `InMemoryCache`. */
export const possibleTypes: Record<string, string[]> = { EsimUsageResult: ['EsimUsage', 'EsimUsageProblem'] };

/** For the `keys` of urql's Graphcache, by the same rule. Null keeps an object inside the one that it was answered in. */
export const cacheKeys = {
  Esim: ({ iccid }: Data) => textOrNull(iccid),
  EsimUsage: ({ iccid, freshness }: Data) => {
    const fetchedAt = isData(freshness) ? textOrNull(freshness.fetchedAt) : null;
    return textOrNull(iccid) && fetchedAt && `${iccid}@${fetchedAt}`;
  },
  EsimUsageFreshness: () => null,
  EsimUsageProblem: () => null,
  EsimUsageQuota: () => null,
};

interface Data {
  readonly [field: string]: unknown;
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
