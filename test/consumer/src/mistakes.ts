import {
  ask,
  type EsimUsageProblemCode,
  type EsimUsageStaleReason,
  englishWords,
  type UsageCardFragment,
  type UsageCardReading,
  UsageOfEsimDocument,
  UsageOfEsimsDocument,
  type UsageStatus,
  type Words,
} from 'esim-usage-gateway/client';

// None of this may compile.

const { RECYCLED: _status, ...statuses } = englishWords.status;
const { THROTTLED: _problem, ...problems } = englishWords.problem;
const { REFRESHING: _reason, ...reasons } = englishWords.staleNote;
// @ts-expect-error A status has no words.
export const withoutStatus: Words = { ...englishWords, status: statuses };
// @ts-expect-error A problem has no words.
export const withoutProblem: Words = { ...englishWords, problem: problems };
// @ts-expect-error A reason has no words.
export const withoutReason: Words = { ...englishWords, staleNote: reasons };

export function missesStatus(status: UsageStatus): boolean {
  switch (status) {
    case 'NOT_ACTIVE':
    case 'ACTIVE':
      return true;
    case 'FINISHED':
    case 'EXPIRED':
    case 'UNKNOWN':
      return false;
    default:
      // @ts-expect-error RECYCLED has no case.
      return status satisfies never;
  }
}

export function missesCode(code: EsimUsageProblemCode): boolean {
  switch (code) {
    case 'INVALID_ICCID':
    case 'NOT_FOUND':
      return false;
    case 'TIMED_OUT':
    case 'UNAVAILABLE':
      return true;
    default:
      // @ts-expect-error THROTTLED has no case.
      return code satisfies never;
  }
}

export function missesReason(staleReason: EsimUsageStaleReason): boolean {
  switch (staleReason) {
    case 'REFRESHING':
      return true;
    case 'THROTTLED':
    case 'UNAVAILABLE':
      return false;
    default:
      // @ts-expect-error TIMED_OUT has no case.
      return staleReason satisfies never;
  }
}

export function takesResultForReading(result: UsageCardFragment): unknown {
  // @ts-expect-error It can be a problem.
  return result.data;
}

export function takesQuotaForKnown(result: UsageCardReading): number {
  // @ts-expect-error It can be null.
  return result.data.remaining;
}

// @ts-expect-error A number can have lost digits of the ICCID.
export const askByNumber = () => ask('', UsageOfEsimDocument, { iccid: 894446540000026 });
// @ts-expect-error One ICCID is no list.
export const askByText = () => ask('', UsageOfEsimsDocument, { iccids: '8944465400000267221' });
// @ts-expect-error It asks for nothing.
export const askWithoutIccid = () => ask('', UsageOfEsimDocument, {});
