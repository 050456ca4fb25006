import type {
  EsimUsageProblemCode,
  EsimUsageStaleReason,
  UsageCardFragment,
  UsageStatus,
} from 'esim-usage-gateway/client';

/** Whether a traveller can use an eSIM now, as far as is known. */
export function canBeUsed(status: UsageStatus): boolean | null {
  switch (status) {
    case 'NOT_ACTIVE':
    case 'ACTIVE':
      return true;
    case 'FINISHED':
    case 'EXPIRED':
    case 'RECYCLED':
      return false;
    case 'UNKNOWN':
      return null;
    default:
      return status satisfies never;
  }
}

/** Whether asking again can help. */
export function passes(code: EsimUsageProblemCode): boolean {
  switch (code) {
    case 'INVALID_ICCID':
    case 'NOT_FOUND':
      return false;
    case 'THROTTLED':
    case 'TIMED_OUT':
    case 'UNAVAILABLE':
      return true;
    default:
      return code satisfies never;
  }
}

/** Whether a newer reading is under way. */
export function isUnderWay(staleReason: EsimUsageStaleReason): boolean {
  switch (staleReason) {
    case 'REFRESHING':
      return true;
    case 'THROTTLED':
    case 'TIMED_OUT':
    case 'UNAVAILABLE':
      return false;
    default:
      return staleReason satisfies never;
  }
}

/** How many megabytes are left. Null where that is not known. */
export function megabytesLeft(result: UsageCardFragment | null | undefined): number | null {
  return result?.__typename === 'EsimUsage' ? (result.data?.remaining ?? null) : null;
}
