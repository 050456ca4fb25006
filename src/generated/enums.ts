/** Who may cache an answer. */
export const CacheControlScope = {
  /** Only the client that asked. */
  PRIVATE: 'PRIVATE',
  /** Every cache on the way. */
  PUBLIC: 'PUBLIC'
} as const;

export type CacheControlScope = typeof CacheControlScope[keyof typeof CacheControlScope];
/** Where a reading's numbers come from. */
export const EsimUsageEnvironment = {
  /** A customer's real usage. */
  PRODUCTION: 'PRODUCTION',
  /** Mock numbers of a sandbox or a simulator, not real usage. There `isUnlimited` can be false for an unlimited plan. */
  SANDBOX: 'SANDBOX'
} as const;

export type EsimUsageEnvironment = typeof EsimUsageEnvironment[keyof typeof EsimUsageEnvironment];
/** The kinds of problem. */
export const EsimUsageProblemCode = {
  /** What was sent is not 15 to 22 digits. Permanent. */
  INVALID_ICCID: 'INVALID_ICCID',
  /** The upstream knows no eSIM of this ICCID, or none of this company. Permanent. */
  NOT_FOUND: 'NOT_FOUND',
  /** The upstream's limits leave no room for this reading in time. */
  THROTTLED: 'THROTTLED',
  /** The upstream did not answer in time. */
  TIMED_OUT: 'TIMED_OUT',
  /** The upstream cannot be read at present. */
  UNAVAILABLE: 'UNAVAILABLE'
} as const;

export type EsimUsageProblemCode = typeof EsimUsageProblemCode[keyof typeof EsimUsageProblemCode];
/** Why an old reading is served. */
export const EsimUsageStaleReason = {
  /** A new reading is on its way. */
  REFRESHING: 'REFRESHING',
  /** The upstream's limits leave no room for a new reading in time. */
  THROTTLED: 'THROTTLED',
  /** The upstream did not answer in time. */
  TIMED_OUT: 'TIMED_OUT',
  /** The upstream cannot be read at present. */
  UNAVAILABLE: 'UNAVAILABLE'
} as const;

export type EsimUsageStaleReason = typeof EsimUsageStaleReason[keyof typeof EsimUsageStaleReason];
/** What a quota counts. */
export const EsimUsageUnit = {
  /** Megabytes of 1024 × 1024 bytes. */
  MEGABYTES: 'MEGABYTES',
  /** Text messages. */
  MESSAGES: 'MESSAGES',
  /** Minutes of calls. */
  MINUTES: 'MINUTES'
} as const;

export type EsimUsageUnit = typeof EsimUsageUnit[keyof typeof EsimUsageUnit];
/** The state of an eSIM's package. */
export const UsageStatus = {
  /** In use. */
  ACTIVE: 'ACTIVE',
  /** The package's time is over. */
  EXPIRED: 'EXPIRED',
  /** The allowance is used up. */
  FINISHED: 'FINISHED',
  /** Bought and not yet in use. */
  NOT_ACTIVE: 'NOT_ACTIVE',
  /** The operator has taken the eSIM back for good: nothing is known of it any more, and nothing will be. */
  RECYCLED: 'RECYCLED',
  /** The operator cannot say, or the upstream sent a state that this schema does not know. */
  UNKNOWN: 'UNKNOWN'
} as const;

export type UsageStatus = typeof UsageStatus[keyof typeof UsageStatus];