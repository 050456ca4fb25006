export {
  type EsimUsageEnvironment,
  type EsimUsageProblemCode,
  type EsimUsageStaleReason,
  type EsimUsageUnit,
  type UsageCardFragment,
  UsageCardFragmentDoc,
  UsageOfEsimDocument,
  type UsageOfEsimQuery,
  type UsageOfEsimQueryVariables,
  UsageOfEsimsDocument,
  type UsageOfEsimsQuery,
  type UsageOfEsimsQueryVariables,
  type UsageQuotaFragment,
  UsageQuotaFragmentDoc,
  type UsageStatus,
} from '../generated/operations.js';
export { type Answer, type AskOptions, ask, bodyOf, type Fetch } from './ask.js';
export { askAgainMs, type Dated } from './ask-again.js';
export { cacheKeys, possibleTypes, typePolicies } from './caching.js';
export {
  type AllowanceDescription,
  type DescribeOptions,
  describeUsage,
  type MomentDescription,
  type Tone,
  type UsageDescription,
} from './describe-usage.js';
export type { UsageCardProblem, UsageCardReading } from './result.js';
export type { TypedDocument } from './typed-document.js';
export { type AllowanceKind, englishWords, type Words } from './words.js';
