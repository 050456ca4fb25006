import { z } from 'zod';
import { UpstreamError } from '../errors.js';
import { type EsimUsageUnit, UsageStatus } from '../generated/enums.js';
import type { UsageQuota, UsageReading } from '../usage.js';

/** What a usage reply says of an eSIM, before it is known whose and how old it is. */
export type UsageFacts = Pick<
  UsageReading,
  'status' | 'statusCode' | 'isUnlimited' | 'data' | 'voice' | 'text' | 'expiresAtSeconds'
> & {
  /** Whether an expiry was sent that could not be read. */
  readonly expiryUnreadable: boolean;
};

/** A whole number that GraphQL's `Int` can carry. Sibling endpoints send some as text. */
const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^[0-9]{1,10}$/)
      .transform(Number),
  ])
  .pipe(
    z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  );

/** Numbers beside an unlimited plan "should be ignored, and not displayed" (Airalo Partner API documentation): none is wrong. */
function withoutIgnored(data: unknown): unknown {
  const isUnlimited =
    typeof data === 'object' && data !== null && 'is_unlimited' in data && data.is_unlimited === true;
  return isUnlimited ? { ...data, total: 0, remaining: 0 } : data;
}

/** The documented body. Fields that are not documented are ignored (Airalo Partner API documentation). */
const usageBody = z.object({
  data: z.preprocess(
    withoutIgnored,
    z.object({
      total: count,
      remaining: count,
      total_voice: count,
      remaining_voice: count,
      total_text: count,
      remaining_text: count,
      expired_at: z.string().nullable(),
      is_unlimited: z.boolean().nullable(),
      status: z.string().min(1).max(100),
    }),
  ),
});

/** All that is known of a recycled eSIM: it is taken back for good (Airalo Partner API documentation). */
export const recycledFacts: UsageFacts = {
  status: UsageStatus.RECYCLED,
  statusCode: 'RECYCLED',
  isUnlimited: null,
  data: null,
  voice: null,
  text: null,
  expiresAtSeconds: null,
  expiryUnreadable: false,
};

/**
 * What the body of a 200 says. Throws an `UpstreamError` (`garbled`), naming the fields at fault and none of their values,
 * when any documented field is missing or cannot be true.
 */
export function decodeUsage(body: Uint8Array): UsageFacts {
  const { data } = parseBody(usageBody, body);
  const status = statusOf(data.status);
  if (status === UsageStatus.RECYCLED) return recycledFacts;

  const zeroIsUnknown = data.status === UsageStatus.UNKNOWN;
  const quota = (unit: EsimUsageUnit, total: number, remaining: number, field: string): UsageQuota | null => {
    if (remaining > total && total > 0) throw garbled([field]);
    // The operator cannot say: a zero beside that means nothing, and must not be shown as "empty".
    if (total === 0 || (zeroIsUnknown && remaining === 0)) return null;
    return { unit, total, remaining, used: total - remaining };
  };
  const expiresAtSeconds = data.expired_at === null ? null : readExpiry(data.expired_at);

  return {
    status,
    statusCode: data.status,
    isUnlimited: data.is_unlimited,
    // Beside an unlimited plan the numbers mean nothing, so they say nothing either where it may be one.
    data:
      data.is_unlimited === false ? quota('MEGABYTES', data.total, data.remaining, 'data.remaining') : null,
    voice: quota('MINUTES', data.total_voice, data.remaining_voice, 'data.remaining_voice'),
    text: quota('MESSAGES', data.total_text, data.remaining_text, 'data.remaining_text'),
    expiresAtSeconds,
    expiryUnreadable: data.expired_at !== null && expiresAtSeconds === null,
  };
}

/** The body's JSON in the shape of `schema`. Throws an `UpstreamError` (`garbled`) as `decodeUsage` does. */
export function parseBody<Shape extends z.ZodType>(schema: Shape, body: Uint8Array): z.infer<Shape> {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) throw garbled(parsed.error.issues.map((issue) => issue.path.map(String).join('.')));
  return parsed.data;
}

function parseJson(body: Uint8Array): unknown {
  try {
    // A byte order mark or a broken character is a fault, not something to repair.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    // Not handed on: V8's message quotes the text.
    throw garbled(['not JSON']);
  }
}

function garbled(fields: readonly string[]): UpstreamError {
  // One value can be wrong in several ways.
  const detail = [...new Set(fields)].join(', ') || 'not an object';
  return new UpstreamError('garbled', detail, { delivery: 'answered' });
}

/** An open set: RECYCLED is not on the documented list either (Airalo Partner API documentation). */
function statusOf(statusCode: string): UsageStatus {
  return Object.values(UsageStatus).find((known) => known === statusCode) ?? UsageStatus.UNKNOWN;
}

/** `YYYY-MM-DD HH:MM:SS`; inferred: UTC, as the documentation names no zone. Null when it is no such moment. */
function readExpiry(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return null;
  const iso = text.replace(' ', 'T');
  const date = new Date(`${iso}.000Z`);
  // A day that does not exist is moved into the next month by some engines, and is a wrong date then.
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(iso) ? null : date.getTime() / 1_000;
}
