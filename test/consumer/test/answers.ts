import { ApolloLink, Observable } from '@apollo/client';
import type { UsageCardReading } from 'esim-usage-gateway/client';

export const iccid = '8944465400000267221';
export const noon = '2026-01-01T12:00:00.000Z';
export const later = '2026-01-01T12:20:00.000Z';

const quota = { __typename: 'EsimUsageQuota', unit: 'MEGABYTES', total: 2_048 } as const;

/** A reading as it comes over the wire. */
export function reading(fetchedAt: string, remaining: number) {
  const atMs = Date.parse(fetchedAt);
  const inMinutes = (minutes: number): string => new Date(atMs + minutes * 60_000).toISOString();
  return {
    __typename: 'EsimUsage',
    iccid,
    status: 'ACTIVE',
    isUnlimited: false,
    data: { ...quota, remaining, used: quota.total - remaining },
    voice: null,
    text: null,
    expiresAt: null,
    freshness: {
      __typename: 'EsimUsageFreshness',
      fetchedAt,
      asOfNotBefore: inMinutes(-20),
      freshUntil: inMinutes(20),
      staleReason: null,
    },
    environment: 'PRODUCTION',
  } as const satisfies UsageCardReading & { readonly freshness: { readonly __typename: string } };
}

/** A problem as it comes over the wire. */
export function problem(code: 'NOT_FOUND' | 'THROTTLED', retryAfterSeconds: number | null) {
  return { __typename: 'EsimUsageProblem', requestedIccid: iccid, code, retryAfterSeconds } as const;
}

/** What `data` each question gets, in turn; the last one for ever. */
export function inTurn(...data: readonly object[]): { next(): object; readonly asked: number } {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    next() {
      const answer = data[Math.min(asked, data.length - 1)] ?? {};
      asked += 1;
      return answer;
    },
  };
}

/** For Apollo Client. */
export function linkOf({ next }: { next(): object }): ApolloLink {
  return new ApolloLink(
    () =>
      new Observable((observer) => {
        observer.next({ data: { ...next() } });
        observer.complete();
      }),
  );
}

/** For urql. */
export function fetchOf({ next }: { next(): object }): typeof fetch {
  return async () =>
    new Response(JSON.stringify({ data: next() }), { headers: { 'content-type': 'application/json' } });
}
