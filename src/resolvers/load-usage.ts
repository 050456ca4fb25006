import { maybeCacheControlFromInfo } from '@apollo/cache-control-types';
import type { GraphQLResolveInfo } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import type { EsimKey, UsageResult } from '../usage.js';

/** Loads one result, and tells Apollo Server, where that is the server, for how long the answer may be kept. */
export async function loadUsage(
  { iccid, isReference }: EsimKey,
  { esimUsage }: EsimUsageContext,
  info: GraphQLResolveInfo,
): Promise<UsageResult> {
  // What is no text is no ICCID either.
  const text = iccid ?? '';
  const result = await (isReference ? esimUsage.references : esimUsage).load(text);
  maybeCacheControlFromInfo(info)?.setCacheHint(esimUsage.cacheHint(result));
  return result;
}
