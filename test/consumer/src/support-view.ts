import { describeUsage } from 'esim-usage-gateway/client';
import type { SupportViewQuery } from './generated/graphql.js';

/** The heading of a card, and beside it what only support staff needs. */
export function supportHeading({ esimUsage: result }: SupportViewQuery): string {
  const { heading } = describeUsage(result, 'en-GB');
  if (!result) return heading;
  return `${heading} (${result.__typename === 'EsimUsage' ? result.statusCode : result.message})`;
}
