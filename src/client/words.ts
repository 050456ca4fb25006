import type { EsimUsageProblemCode, EsimUsageStaleReason, UsageStatus } from '../generated/operations.js';
import type { UsageCardReading } from './result.js';

/** What an allowance is of. */
export type AllowanceKind = keyof Pick<UsageCardReading, 'data' | 'voice' | 'text'>;

/**
 * Every text that a screen may need, in one language: one for each status, problem and reason that the schema has, so that a language
 * that lacks one does not compile. Amounts and moments come in formatted.
 */
export interface Words {
  /** The state of an eSIM in a word or two. */
  readonly status: Readonly<Record<UsageStatus, string>>;
  /** A sentence on what a state means for the traveller. Null where the state says it all. */
  readonly statusNote: Readonly<Record<UsageStatus, string | null>>;
  /** Why there are no numbers, in a word or two. */
  readonly problem: Readonly<Record<EsimUsageProblemCode, string>>;
  /** The same in a sentence. */
  readonly problemNote: Readonly<Record<EsimUsageProblemCode, string>>;
  /** Why the numbers are old, in a sentence. */
  readonly staleNote: Readonly<Record<EsimUsageStaleReason, string>>;
  /** The numbers are made up: a sandbox or a simulator. */
  readonly sandboxNote: string;
  readonly allowance: Readonly<Record<AllowanceKind, string>>;
  readonly unlimited: string;
  /** Instead of a number that is not known. Never a zero. */
  readonly notKnown: string;
  /** What is left of an allowance, such as `767 MB of 2 GB left`. */
  left(remaining: string, total: string): string;
  /** The same when it can no longer be used. */
  unused(remaining: string, total: string): string;
  /** A count of text messages; `count` to choose the plural by, `formatted` to show. */
  messages(count: number, formatted: string): string;
  /** The numbers are as they were then, or newer. */
  asOf(moment: string): string;
  validUntil(moment: string): string;
  /** When asking again makes sense; `duration` such as `12 sec`. */
  again(duration: string): string;
}

/** The words of a screen in English. */
export const englishWords: Words = {
  status: {
    NOT_ACTIVE: 'Not in use yet',
    ACTIVE: 'Active',
    FINISHED: 'Used up',
    EXPIRED: 'Expired',
    RECYCLED: 'Withdrawn',
    UNKNOWN: 'Status not known',
  },
  statusNote: {
    NOT_ACTIVE: null,
    ACTIVE: null,
    FINISHED: null,
    EXPIRED: null,
    RECYCLED: 'The operator has taken this eSIM back. It cannot be used again.',
    UNKNOWN: 'How this eSIM stands is not known.',
  },
  problem: {
    INVALID_ICCID: 'Not an eSIM number',
    NOT_FOUND: 'eSIM not found',
    THROTTLED: 'Please wait',
    TIMED_OUT: 'No answer in time',
    UNAVAILABLE: 'Not available',
  },
  problemNote: {
    INVALID_ICCID: 'An eSIM number has 15 to 22 digits.',
    NOT_FOUND: 'There is no eSIM of this number.',
    THROTTLED: 'Many eSIMs are being read at the moment.',
    TIMED_OUT: 'The operator has not answered yet.',
    UNAVAILABLE: 'The operator cannot be reached at the moment.',
  },
  staleNote: {
    REFRESHING: 'Newer numbers are on their way.',
    THROTTLED: 'There is no newer reading yet: many eSIMs are being read at the moment.',
    TIMED_OUT: 'There is no newer reading yet: the operator has not answered.',
    UNAVAILABLE: 'There is no newer reading: the operator cannot be reached at the moment.',
  },
  sandboxNote: 'Test numbers, not real usage.',
  allowance: { data: 'Data', voice: 'Calls', text: 'Texts' },
  unlimited: 'Unlimited',
  notKnown: 'Not known',
  left: (remaining, total) => `${remaining} of ${total} left`,
  unused: (remaining, total) => `${remaining} of ${total} unused`,
  messages: (count, formatted) => `${formatted} ${count === 1 ? 'text' : 'texts'}`,
  asOf: (moment) => `As of ${moment}`,
  validUntil: (moment) => `Valid until ${moment}`,
  again: (duration) => `Try again in ${duration}.`,
};
