import type { UsageCardProblem, UsageCardReading } from 'esim-usage-gateway/client';

const iccid = '8944465400000267221';

/** An ordinary reading as a card's operation gets it: fetched at noon, and fresh for 20 minutes. */
export const cardReading: UsageCardReading = {
  __typename: 'EsimUsage',
  iccid,
  status: 'ACTIVE',
  isUnlimited: false,
  data: { unit: 'MEGABYTES', total: 2_048, remaining: 767, used: 1_281 },
  voice: null,
  text: null,
  expiresAt: '2026-01-31T12:00:00.000Z',
  freshness: {
    fetchedAt: '2026-01-01T12:00:00.000Z',
    asOfNotBefore: '2026-01-01T11:40:00.000Z',
    freshUntil: '2026-01-01T12:20:00.000Z',
    staleReason: null,
  },
  environment: 'PRODUCTION',
};

/** An ordinary problem, which passes. */
export const cardProblem: UsageCardProblem = {
  __typename: 'EsimUsageProblem',
  requestedIccid: iccid,
  code: 'THROTTLED',
  retryAfterSeconds: 12,
};
