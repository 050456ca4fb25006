import type { TypedDocument } from '../client/typed-document.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment in UTC, as RFC 3339 writes it: `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: string; output: string; }
  /**
   * The number printed on an eSIM: 15 to 22 digits, always written as a string.
   * A JSON number or an integer literal is refused, because it has already lost digits and would name another eSIM.
   * A string that is no ICCID is that item's `INVALID_ICCID` problem and spoils nothing else.
   */
  ICCID: { input: string; output: string; }
};

/** Who may cache an answer. */
export type CacheControlScope =
  /** Only the client that asked. */
  | 'PRIVATE'
  /** Every cache on the way. */
  | 'PUBLIC';

/** Where a reading's numbers come from. */
export type EsimUsageEnvironment =
  /** A customer's real usage. */
  | 'PRODUCTION'
  /** Mock numbers of a sandbox or a simulator, not real usage. There `isUnlimited` can be false for an unlimited plan. */
  | 'SANDBOX';

/** The kinds of problem. */
export type EsimUsageProblemCode =
  /** What was sent is not 15 to 22 digits. Permanent. */
  | 'INVALID_ICCID'
  /** The upstream knows no eSIM of this ICCID, or none of this company. Permanent. */
  | 'NOT_FOUND'
  /** The upstream's limits leave no room for this reading in time. */
  | 'THROTTLED'
  /** The upstream did not answer in time. */
  | 'TIMED_OUT'
  /** The upstream cannot be read at present. */
  | 'UNAVAILABLE';

/** Why an old reading is served. */
export type EsimUsageStaleReason =
  /** A new reading is on its way. */
  | 'REFRESHING'
  /** The upstream's limits leave no room for a new reading in time. */
  | 'THROTTLED'
  /** The upstream did not answer in time. */
  | 'TIMED_OUT'
  /** The upstream cannot be read at present. */
  | 'UNAVAILABLE';

/** What a quota counts. */
export type EsimUsageUnit =
  /** Megabytes of 1024 × 1024 bytes. */
  | 'MEGABYTES'
  /** Text messages. */
  | 'MESSAGES'
  /** Minutes of calls. */
  | 'MINUTES';

/** The state of an eSIM's package. */
export type UsageStatus =
  /** In use. */
  | 'ACTIVE'
  /** The package's time is over. */
  | 'EXPIRED'
  /** The allowance is used up. */
  | 'FINISHED'
  /** Bought and not yet in use. */
  | 'NOT_ACTIVE'
  /** The operator has taken the eSIM back for good: nothing is known of it any more, and nothing will be. */
  | 'RECYCLED'
  /** The operator cannot say, or the upstream sent a state that this schema does not know. */
  | 'UNKNOWN';

type UsageCard_EsimUsage_Fragment = { readonly __typename: 'EsimUsage', readonly iccid: string, readonly status: UsageStatus, readonly isUnlimited: boolean | null, readonly expiresAt: string | null, readonly environment: EsimUsageEnvironment, readonly data: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly voice: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly text: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly freshness: { readonly fetchedAt: string, readonly asOfNotBefore: string, readonly freshUntil: string, readonly staleReason: EsimUsageStaleReason | null } };

type UsageCard_EsimUsageProblem_Fragment = { readonly __typename: 'EsimUsageProblem', readonly requestedIccid: string | null, readonly code: EsimUsageProblemCode, readonly retryAfterSeconds: number | null };

export type UsageCardFragment =
  | UsageCard_EsimUsage_Fragment
  | UsageCard_EsimUsageProblem_Fragment
;

export type UsageQuotaFragment = { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number };

export type UsageOfEsimQueryVariables = Exact<{
  iccid: Scalars['ICCID']['input'];
}>;


export type UsageOfEsimQuery = { readonly esimUsage:
    | { readonly __typename: 'EsimUsage', readonly iccid: string, readonly status: UsageStatus, readonly isUnlimited: boolean | null, readonly expiresAt: string | null, readonly environment: EsimUsageEnvironment, readonly data: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly voice: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly text: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly freshness: { readonly fetchedAt: string, readonly asOfNotBefore: string, readonly freshUntil: string, readonly staleReason: EsimUsageStaleReason | null } }
    | { readonly __typename: 'EsimUsageProblem', readonly requestedIccid: string | null, readonly code: EsimUsageProblemCode, readonly retryAfterSeconds: number | null }
   | null };

export type UsageOfEsimsQueryVariables = Exact<{
  iccids: ReadonlyArray<Scalars['ICCID']['input']>;
}>;


export type UsageOfEsimsQuery = { readonly esimUsages: ReadonlyArray<
    | { readonly __typename: 'EsimUsage', readonly iccid: string, readonly status: UsageStatus, readonly isUnlimited: boolean | null, readonly expiresAt: string | null, readonly environment: EsimUsageEnvironment, readonly data: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly voice: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly text: { readonly unit: EsimUsageUnit, readonly total: number, readonly remaining: number, readonly used: number } | null, readonly freshness: { readonly fetchedAt: string, readonly asOfNotBefore: string, readonly freshUntil: string, readonly staleReason: EsimUsageStaleReason | null } }
    | { readonly __typename: 'EsimUsageProblem', readonly requestedIccid: string | null, readonly code: EsimUsageProblemCode, readonly retryAfterSeconds: number | null }
  > | null };

export const UsageOfEsimDocument = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageResult"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"},"arguments":[],"directives":[]},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsage"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"iccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"status"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"isUnlimited"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"data"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"voice"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"text"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fetchedAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"asOfNotBefore"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshUntil"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"staleReason"},"arguments":[],"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"environment"},"arguments":[],"directives":[]}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageProblem"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestedIccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"code"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"retryAfterSeconds"},"arguments":[],"directives":[]}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageQuota"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageQuota"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unit"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"total"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"remaining"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"used"},"arguments":[],"directives":[]}]}},{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageOfEsim"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"iccid"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ICCID"}}},"directives":[]}],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"esimUsage"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"iccid"},"value":{"kind":"Variable","name":{"kind":"Name","value":"iccid"}}}],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageCard"},"directives":[]}]}}]}}],"loc":{"start":0,"end":599,"source":{"body":"fragment UsageCard on EsimUsageResult {\n  __typename\n  ... on EsimUsage {\n    iccid\n    status\n    isUnlimited\n    data {\n      ...UsageQuota\n    }\n    voice {\n      ...UsageQuota\n    }\n    text {\n      ...UsageQuota\n    }\n    expiresAt\n    freshness {\n      fetchedAt\n      asOfNotBefore\n      freshUntil\n      staleReason\n    }\n    environment\n  }\n  ... on EsimUsageProblem {\n    requestedIccid\n    code\n    retryAfterSeconds\n  }\n}\n\nfragment UsageQuota on EsimUsageQuota {\n  unit\n  total\n  remaining\n  used\n}\n\nquery UsageOfEsim($iccid: ICCID!) {\n  esimUsage(iccid: $iccid) {\n    ...UsageCard\n  }\n}","name":"UsageOfEsimDocument","locationOffset":{"line":1,"column":1}}}} as unknown as TypedDocument<UsageOfEsimQuery, UsageOfEsimQueryVariables>;
export const UsageOfEsimsDocument = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageResult"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"},"arguments":[],"directives":[]},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsage"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"iccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"status"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"isUnlimited"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"data"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"voice"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"text"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fetchedAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"asOfNotBefore"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshUntil"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"staleReason"},"arguments":[],"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"environment"},"arguments":[],"directives":[]}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageProblem"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestedIccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"code"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"retryAfterSeconds"},"arguments":[],"directives":[]}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageQuota"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageQuota"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unit"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"total"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"remaining"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"used"},"arguments":[],"directives":[]}]}},{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsageOfEsims"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"iccids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ICCID"}}}}},"directives":[]}],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"esimUsages"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"iccids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"iccids"}}}],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageCard"},"directives":[]}]}}]}}],"loc":{"start":0,"end":607,"source":{"body":"fragment UsageCard on EsimUsageResult {\n  __typename\n  ... on EsimUsage {\n    iccid\n    status\n    isUnlimited\n    data {\n      ...UsageQuota\n    }\n    voice {\n      ...UsageQuota\n    }\n    text {\n      ...UsageQuota\n    }\n    expiresAt\n    freshness {\n      fetchedAt\n      asOfNotBefore\n      freshUntil\n      staleReason\n    }\n    environment\n  }\n  ... on EsimUsageProblem {\n    requestedIccid\n    code\n    retryAfterSeconds\n  }\n}\n\nfragment UsageQuota on EsimUsageQuota {\n  unit\n  total\n  remaining\n  used\n}\n\nquery UsageOfEsims($iccids: [ICCID!]!) {\n  esimUsages(iccids: $iccids) {\n    ...UsageCard\n  }\n}","name":"UsageOfEsimsDocument","locationOffset":{"line":1,"column":1}}}} as unknown as TypedDocument<UsageOfEsimsQuery, UsageOfEsimsQueryVariables>;
export const UsageCardFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageResult"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"},"arguments":[],"directives":[]},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsage"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"iccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"status"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"isUnlimited"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"data"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"voice"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"text"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"UsageQuota"},"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"arguments":[],"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fetchedAt"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"asOfNotBefore"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"freshUntil"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"staleReason"},"arguments":[],"directives":[]}]}},{"kind":"Field","name":{"kind":"Name","value":"environment"},"arguments":[],"directives":[]}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageProblem"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestedIccid"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"code"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"retryAfterSeconds"},"arguments":[],"directives":[]}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageQuota"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageQuota"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unit"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"total"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"remaining"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"used"},"arguments":[],"directives":[]}]}}],"loc":{"start":0,"end":510,"source":{"body":"fragment UsageCard on EsimUsageResult {\n  __typename\n  ... on EsimUsage {\n    iccid\n    status\n    isUnlimited\n    data {\n      ...UsageQuota\n    }\n    voice {\n      ...UsageQuota\n    }\n    text {\n      ...UsageQuota\n    }\n    expiresAt\n    freshness {\n      fetchedAt\n      asOfNotBefore\n      freshUntil\n      staleReason\n    }\n    environment\n  }\n  ... on EsimUsageProblem {\n    requestedIccid\n    code\n    retryAfterSeconds\n  }\n}\n\nfragment UsageQuota on EsimUsageQuota {\n  unit\n  total\n  remaining\n  used\n}","name":"UsageCardFragmentDoc","locationOffset":{"line":1,"column":1}}}} as unknown as TypedDocument<UsageCardFragment, unknown>;
export const UsageQuotaFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"UsageQuota"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EsimUsageQuota"}},"directives":[],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unit"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"total"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"remaining"},"arguments":[],"directives":[]},{"kind":"Field","name":{"kind":"Name","value":"used"},"arguments":[],"directives":[]}]}}],"loc":{"start":0,"end":75,"source":{"body":"fragment UsageQuota on EsimUsageQuota {\n  unit\n  total\n  remaining\n  used\n}","name":"UsageQuotaFragmentDoc","locationOffset":{"line":1,"column":1}}}} as unknown as TypedDocument<UsageQuotaFragment, unknown>;