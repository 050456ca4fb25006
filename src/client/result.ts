import type { UsageCardFragment } from '../generated/operations.js';

/** How much is left of an eSIM. */
export type UsageCardReading = Extract<UsageCardFragment, { readonly __typename: 'EsimUsage' }>;

/** Why there is no reading of an eSIM. */
export type UsageCardProblem = Extract<UsageCardFragment, { readonly __typename: 'EsimUsageProblem' }>;
