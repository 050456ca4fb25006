import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { EsimKey, UsageReading, UsageQuota, UsageProblem } from '../usage.js';
import type { EsimUsageContext } from '../context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment in UTC, as RFC 3339 writes it: `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: Date; output: Date; }
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

/** An eSIM, known by the number printed on it. */
export type Esim = {
  __typename?: 'Esim';
  /** The eSIM's ICCID. */
  iccid: Scalars['ID']['output'];
  /** How much is left on this eSIM. Null only beside an entry in `errors`. */
  usage?: Maybe<EsimUsageResult>;
};

/** A reading: how much of an eSIM is left. What is not known is null, never 0. */
export type EsimUsage = {
  __typename?: 'EsimUsage';
  /**
   * The data allowance, in megabytes of 1024 × 1024 bytes. Null on an unlimited plan, where the upstream does not say whether
   * the plan is unlimited, and wherever no allowance is reported.
   */
  data?: Maybe<EsimUsageQuota>;
  /** Whether the numbers are a customer's real usage or mock numbers. */
  environment: EsimUsageEnvironment;
  /** The same eSIM as an entity: the way on into the rest of a supergraph. */
  esim: Esim;
  /** When the package ends. Null when that is not known: for a recycled eSIM, and usually before the package is activated. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** How old this reading is. */
  freshness: EsimUsageFreshness;
  /** The eSIM that was read. */
  iccid: Scalars['ID']['output'];
  /** Whether the data plan is unlimited. Null when the upstream does not say, as for a recycled eSIM. */
  isUnlimited?: Maybe<Scalars['Boolean']['output']>;
  /** The state of the eSIM's package. A state that this schema does not know is `UNKNOWN`; `statusCode` has its name. */
  status: UsageStatus;
  /**
   * The state exactly as the upstream sent it, for support staff and logs; `RECYCLED` where it answered with the error code
   * that says so. An open set: do not branch on it.
   */
  statusCode: Scalars['String']['output'];
  /** The text allowance, in messages. Null wherever no allowance is reported. */
  text?: Maybe<EsimUsageQuota>;
  /** The voice allowance, in minutes. Null wherever no allowance is reported. */
  voice?: Maybe<EsimUsageQuota>;
};

/** Where a reading's numbers come from. */
export type EsimUsageEnvironment =
  /** A customer's real usage. */
  | 'PRODUCTION'
  /** Mock numbers of a sandbox or a simulator, not real usage. There `isUnlimited` can be false for an unlimited plan. */
  | 'SANDBOX';

/** How old a reading is, and from when a newer one can be had. */
export type EsimUsageFreshness = {
  __typename?: 'EsimUsageFreshness';
  /**
   * The earliest moment that the numbers can describe: when they were asked for, less the time for which the upstream
   * itself repeats a reply.
   */
  asOfNotBefore: Scalars['DateTime']['output'];
  /** When this gateway received the reading. */
  fetchedAt: Scalars['DateTime']['output'];
  /** Until when asking again returns this same reading. Ask again then, not sooner. */
  freshUntil: Scalars['DateTime']['output'];
  /** Why a reading that is no longer fresh is served in place of a new one. Null while the reading is fresh. */
  staleReason?: Maybe<EsimUsageStaleReason>;
};

/** Why there is no reading of an eSIM, not even an old one. */
export type EsimUsageProblem = {
  __typename?: 'EsimUsageProblem';
  /** The kind of problem, to branch on. */
  code: EsimUsageProblemCode;
  /** The problem in one English sentence, for developers. One fixed text for each code. */
  message: Scalars['String']['output'];
  /**
   * The eSIM that was asked for. Null for `INVALID_ICCID`: what was sent is not repeated. Not called `iccid`, because GraphQL lets
   * nobody select two fields of one name side by side when only one of them can be null.
   */
  requestedIccid?: Maybe<Scalars['ID']['output']>;
  /** In how many seconds asking again makes sense. Null when it never does. */
  retryAfterSeconds?: Maybe<Scalars['Int']['output']>;
};

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

/** An allowance and what is left of it. All three numbers are known; an allowance that is not is a null quota instead. */
export type EsimUsageQuota = {
  __typename?: 'EsimUsageQuota';
  /** What is left of the allowance, in `unit`. From 0 to `total`. */
  remaining: Scalars['Int']['output'];
  /** The whole allowance, in `unit`. Above 0. */
  total: Scalars['Int']['output'];
  /** What the three numbers count. */
  unit: EsimUsageUnit;
  /** What is gone of the allowance, in `unit`: `total` less `remaining`. */
  used: Scalars['Int']['output'];
};

/** What is known of an eSIM's usage, or why nothing is. */
export type EsimUsageResult = EsimUsage | EsimUsageProblem;

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

/** Where reading starts. */
export type Query = {
  __typename?: 'Query';
  /** How much is left on one eSIM. Null only beside an entry in `errors`. */
  esimUsage?: Maybe<EsimUsageResult>;
  /**
   * How much is left on several eSIMs, each answered for itself and in the order asked.
   * Repeats are allowed and cost no further call to the eSIM provider. One operation may name at most 100 different eSIMs,
   * and 1,000 with its repeats, over all its fields, unless the gateway is configured otherwise.
   * Null only beside an entry in `errors`.
   */
  esimUsages?: Maybe<Array<EsimUsageResult>>;
};


/** Where reading starts. */
export type QueryEsimUsageArgs = {
  iccid: Scalars['ICCID']['input'];
};


/** Where reading starts. */
export type QueryEsimUsagesArgs = {
  iccids: Array<Scalars['ICCID']['input']>;
};

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



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  EsimUsageResult:
    | ( UsageReading )
    | ( UsageProblem )
  ;
};


/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CacheControlScope: CacheControlScope;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Esim: ResolverTypeWrapper<EsimKey>;
  EsimUsage: ResolverTypeWrapper<UsageReading>;
  EsimUsageEnvironment: EsimUsageEnvironment;
  EsimUsageFreshness: ResolverTypeWrapper<UsageReading>;
  EsimUsageProblem: ResolverTypeWrapper<UsageProblem>;
  EsimUsageProblemCode: EsimUsageProblemCode;
  EsimUsageQuota: ResolverTypeWrapper<UsageQuota>;
  EsimUsageResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['EsimUsageResult']>;
  EsimUsageStaleReason: EsimUsageStaleReason;
  EsimUsageUnit: EsimUsageUnit;
  ICCID: ResolverTypeWrapper<Scalars['ICCID']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  UsageStatus: UsageStatus;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Boolean: Scalars['Boolean']['output'];
  DateTime: Scalars['DateTime']['output'];
  Esim: EsimKey;
  EsimUsage: UsageReading;
  EsimUsageFreshness: UsageReading;
  EsimUsageProblem: UsageProblem;
  EsimUsageQuota: UsageQuota;
  EsimUsageResult: ResolversUnionTypes<ResolversParentTypes>['EsimUsageResult'];
  ICCID: Scalars['ICCID']['output'];
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Query: Record<PropertyKey, never>;
  String: Scalars['String']['output'];
};

export type CacheControlDirectiveArgs = {
  inheritMaxAge?: Maybe<Scalars['Boolean']['input']>;
  maxAge?: Maybe<Scalars['Int']['input']>;
  scope?: Maybe<CacheControlScope>;
};

export type CacheControlDirectiveResolver<Result, Parent, ContextType = EsimUsageContext, Args = CacheControlDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EsimResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['Esim'] = ResolversParentTypes['Esim']> = {
  iccid?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  usage?: Resolver<Maybe<ResolversTypes['EsimUsageResult']>, ParentType, ContextType>;
};

export type EsimUsageResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['EsimUsage'] = ResolversParentTypes['EsimUsage']> = {
  data?: Resolver<Maybe<ResolversTypes['EsimUsageQuota']>, ParentType, ContextType>;
  environment?: Resolver<ResolversTypes['EsimUsageEnvironment'], ParentType, ContextType>;
  esim?: Resolver<ResolversTypes['Esim'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  freshness?: Resolver<ResolversTypes['EsimUsageFreshness'], ParentType, ContextType>;
  iccid?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isUnlimited?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['UsageStatus'], ParentType, ContextType>;
  statusCode?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['EsimUsageQuota']>, ParentType, ContextType>;
  voice?: Resolver<Maybe<ResolversTypes['EsimUsageQuota']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EsimUsageFreshnessResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['EsimUsageFreshness'] = ResolversParentTypes['EsimUsageFreshness']> = {
  asOfNotBefore?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  fetchedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  freshUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  staleReason?: Resolver<Maybe<ResolversTypes['EsimUsageStaleReason']>, ParentType, ContextType>;
};

export type EsimUsageProblemResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['EsimUsageProblem'] = ResolversParentTypes['EsimUsageProblem']> = {
  code?: Resolver<ResolversTypes['EsimUsageProblemCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  requestedIccid?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  retryAfterSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EsimUsageQuotaResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['EsimUsageQuota'] = ResolversParentTypes['EsimUsageQuota']> = {
  remaining?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unit?: Resolver<ResolversTypes['EsimUsageUnit'], ParentType, ContextType>;
  used?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EsimUsageResultResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['EsimUsageResult'] = ResolversParentTypes['EsimUsageResult']> = {
  __resolveType: TypeResolveFn<'EsimUsage' | 'EsimUsageProblem', ParentType, ContextType>;
};

export interface IccidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['ICCID'], any> {
  name: 'ICCID';
}

export type QueryResolvers<ContextType = EsimUsageContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  esimUsage?: Resolver<Maybe<ResolversTypes['EsimUsageResult']>, ParentType, ContextType, RequireFields<QueryEsimUsageArgs, 'iccid'>>;
  esimUsages?: Resolver<Maybe<Array<ResolversTypes['EsimUsageResult']>>, ParentType, ContextType, RequireFields<QueryEsimUsagesArgs, 'iccids'>>;
};

export type Resolvers<ContextType = EsimUsageContext> = {
  DateTime?: GraphQLScalarType;
  Esim?: EsimResolvers<ContextType>;
  EsimUsage?: EsimUsageResolvers<ContextType>;
  EsimUsageFreshness?: EsimUsageFreshnessResolvers<ContextType>;
  EsimUsageProblem?: EsimUsageProblemResolvers<ContextType>;
  EsimUsageQuota?: EsimUsageQuotaResolvers<ContextType>;
  EsimUsageResult?: EsimUsageResultResolvers<ContextType>;
  ICCID?: GraphQLScalarType;
  Query?: QueryResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = EsimUsageContext> = {
  cacheControl?: CacheControlDirectiveResolver<any, any, ContextType>;
};
