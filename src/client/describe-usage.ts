import type { EsimUsageProblemCode, UsageCardFragment, UsageStatus } from '../generated/operations.js';
import { type Format, formatIn } from './format.js';
import type { UsageCardProblem, UsageCardReading } from './result.js';
import { type AllowanceKind, englishWords, type Words } from './words.js';

export interface DescribeOptions {
  /**
   * The texts, in the language of the locale.
   * @default englishWords
   */
  readonly words?: Words;
  /**
   * The IANA name of the zone for moments.
   * @default the reader's own
   */
  readonly timeZone?: string;
}

/** How good the news is. For a colour or an icon beside the text, never instead of it. */
export type Tone = 'good' | 'neutral' | 'bad' | 'wait';

/** All that a screen shows of one eSIM, in text. */
export interface UsageDescription {
  readonly tone: Tone;
  /** The state of the eSIM, or why there is no reading, in a word or two. */
  readonly heading: string;
  /** Sentences that belong under it, most important first. */
  readonly notes: readonly string[];
  /** Empty where there is no reading. Voice and text are left out where the plan has none. */
  readonly allowances: readonly AllowanceDescription[];
  /** From when the numbers are. Null where there are none. */
  readonly asOf: MomentDescription | null;
  /** Whether a newer reading should be there and is not; one of the notes says why. */
  readonly isStale: boolean;
  /** When the package ends. Null where that is not known. */
  readonly validUntil: MomentDescription | null;
}

export interface AllowanceDescription {
  readonly kind: AllowanceKind;
  readonly label: string;
  /** Such as `767 MB of 2 GB left`. Never says more than there is: amounts are rounded down. */
  readonly text: string;
  /** The part that is left, from 0 to 1, for a bar. Null where there is no number: draw no bar then, least of all an empty one. */
  readonly share: number | null;
}

export interface MomentDescription {
  readonly text: string;
  /** RFC 3339, for `<time datetime>`. */
  readonly at: string;
}

/**
 * What to show of a result, whatever it is: each status, each problem, each reason why a reading is old, and null or undefined, which is a result
 * beside an entry in `errors`. A value that is newer than this code is shown as the unknown of its kind. `locale` (BCP 47, such as
 * `en-GB`) decides how amounts and moments are written, `words` the language. Throws a `RangeError` for a locale or time zone that
 * does not exist.
 */
export function describeUsage(
  result: UsageCardFragment | null | undefined,
  locale: string,
  { words = englishWords, timeZone }: DescribeOptions = {},
): UsageDescription {
  const format = formatIn(locale, timeZone);
  switch (result?.__typename) {
    case 'EsimUsage':
      return describeReading(result, words, format);
    case 'EsimUsageProblem':
      return describeProblem(result, words, format);
    default:
      // A third kind of result does not compile here.
      result satisfies null | undefined;
      return describeProblem({ code: 'UNAVAILABLE', retryAfterSeconds: null }, words, format);
  }
}

type Quota = NonNullable<UsageCardReading['data']>;

const statusTones: Readonly<Record<UsageStatus, Tone>> = {
  NOT_ACTIVE: 'neutral',
  ACTIVE: 'good',
  FINISHED: 'bad',
  EXPIRED: 'bad',
  RECYCLED: 'bad',
  UNKNOWN: 'neutral',
};

const problemTones: Readonly<Record<EsimUsageProblemCode, Tone>> = {
  INVALID_ICCID: 'bad',
  NOT_FOUND: 'bad',
  THROTTLED: 'wait',
  TIMED_OUT: 'wait',
  UNAVAILABLE: 'wait',
};

function describeProblem(
  { code: given, retryAfterSeconds }: Pick<UsageCardProblem, 'code' | 'retryAfterSeconds'>,
  words: Words,
  format: Format,
): UsageDescription {
  const code = known(given, problemTones, 'UNAVAILABLE');
  const again = retryAfterSeconds === null ? [] : [words.again(format.seconds(retryAfterSeconds))];
  return {
    tone: problemTones[code],
    heading: words.problem[code],
    notes: [words.problemNote[code], ...again],
    allowances: [],
    asOf: null,
    isStale: false,
    validUntil: null,
  };
}

function describeReading(reading: UsageCardReading, words: Words, format: Format): UsageDescription {
  const { expiresAt, environment, freshness } = reading;
  const status = known(reading.status, statusTones, 'UNKNOWN');
  const { staleReason } = freshness;
  const notes = [
    words.statusNote[status],
    staleReason === null ? null : words.staleNote[known(staleReason, words.staleNote, 'UNAVAILABLE')],
    environment === 'SANDBOX' ? words.sandboxNote : null,
  ];
  const moment = (at: string, inWords: (text: string) => string) => ({
    text: inWords(format.moment(at)),
    at,
  });
  return {
    tone: statusTones[status],
    heading: words.status[status],
    notes: notes.filter((note) => note !== null),
    allowances: status === 'RECYCLED' ? [] : describeAllowances(reading, words, format),
    asOf: moment(freshness.asOfNotBefore, words.asOf),
    isStale: staleReason !== null,
    validUntil: expiresAt === null ? null : moment(expiresAt, words.validUntil),
  };
}

function describeAllowances(reading: UsageCardReading, words: Words, format: Format): AllowanceDescription[] {
  const { data, voice, text, isUnlimited, status } = reading;
  const inWords = status === 'EXPIRED' ? words.unused : words.left;
  const amounts = {
    data: format.megabytes,
    voice: format.minutes,
    text: (count: number) => words.messages(count, format.count(count)),
  };

  function describe(kind: AllowanceKind, quota: Quota): AllowanceDescription {
    const { remaining, total } = quota;
    return {
      kind,
      label: words.allowance[kind],
      text: inWords(amounts[kind](remaining), amounts[kind](total)),
      share: remaining / total,
    };
  }

  const withoutNumber = isUnlimited === true ? words.unlimited : words.notKnown;
  return [
    data === null
      ? { kind: 'data', label: words.allowance.data, text: withoutNumber, share: null }
      : describe('data', data),
    ...(voice === null ? [] : [describe('voice', voice)]),
    ...(text === null ? [] : [describe('text', text)]),
  ];
}

/** A value that this code knows: a newer schema may have more, whatever its types said when this was compiled. */
function known<Value extends string>(
  value: Value,
  table: Readonly<Record<Value, unknown>>,
  otherwise: NoInfer<Value>,
): Value {
  return Object.hasOwn(table, value) ? value : otherwise;
}
