/**
 * For Apollo Client's `InMemoryCache`, besides `possibleTypes`. A reading is an object of its own: the ICCID and the moment it was
 * fetched are its key, so that the numbers of one reading never stand beside the age of another. Select both wherever you select a
 * reading; Apollo Client throws where one is missing. A problem is kept whole until something else takes its place.
 */
export const typePolicies = {
  Esim: { keyFields: ['iccid'] },
  // A result that takes the place of another is not merged with it: without a word on that Apollo Client warns of lost data.
  EsimUsage: { keyFields: ['iccid', 'freshness', ['fetchedAt']], merge: false },
  EsimUsageProblem: { merge: false },
  EsimUsageFreshness: { merge: true },
  EsimUsageQuota: { merge: true },
} as const;

/** Which types are members of which, for Apollo Client's `InMemoryCache`. */
export const possibleTypes: Record<string, string[]> = { EsimUsageResult: ['EsimUsage', 'EsimUsageProblem'] };

/**
 * For the `keys` of urql's Graphcache, by the same rule. Null keeps an object inside the one that it was answered in, where what is
 * written next is mixed with what is there: a reading without its key throws rather than that.
 */
export const cacheKeys = {
  Esim: ({ iccid }: Data) => textOrNull(iccid),
  EsimUsage: ({ iccid, freshness }: Data) => {
    const fetchedAt = isData(freshness) ? textOrNull(freshness.fetchedAt) : null;
    if (textOrNull(iccid) === null || fetchedAt === null)
      throw new Error(
        'Select `iccid` and `freshness { fetchedAt }`, each by its own name, wherever you select an `EsimUsage`: ' +
          'without them a cache cannot tell two readings apart.',
      );
    return `${iccid}@${fetchedAt}`;
  },
  EsimUsageFreshness: () => null,
  EsimUsageProblem: ({ requestedIccid, code }: Data) =>
    requestedIccid === undefined || code === undefined ? null : `${requestedIccid}@${code}`,
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
