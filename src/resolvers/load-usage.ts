import { maybeCacheControlFromInfo } from '@apollo/cache-control-types';
import type { GraphQLResolveInfo } from 'graphql';
import type { EsimUsageContext } from '../context.js';
import type { UsageResult } from '../usage.js';

/** Loads one result, and tells Apollo Server, where that is the server, for how long the answer may be kept. */
export async function loadUsage(
  text: string,
  { esimUsage }: EsimUsageContext,
  info: GraphQLResolveInfo,
): Promise<UsageResult> {
  const result = await esimUsage.load(text);
  maybeCacheControlFromInfo(info)?.setCacheHint(esimUsage.cacheHint(result));
  return result;
}
