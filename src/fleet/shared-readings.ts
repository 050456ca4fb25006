import { z } from 'zod';
import { EsimUsageEnvironment, EsimUsageUnit, UsageStatus } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { UsageReading } from '../usage.js';
import type { FleetClock } from './fleet-clock.js';
import { parseJson } from './parse-json.js';

/** What a fleet knows of an eSIM. Moments are those of the module's clock. */
export type Known =
  | { readonly kind: 'reading'; readonly reading: UsageReading }
  | { readonly kind: 'not found'; readonly untilMs: number };

/** Readings of another version are as good as none. */
const version = 1;

const quota = (unit: EsimUsageUnit) =>
  z
    .strictObject({
      unit: z.literal(unit),
      total: z.int().positive(),
      remaining: z.int().nonnegative(),
      used: z.int().nonnegative(),
    })
    .refine(({ total, remaining, used }) => remaining + used === total)
    .nullable();

const shared = z.discriminatedUnion('kind', [
  z.strictObject({
    version: z.literal(version),
    kind: z.literal('reading'),
    iccid: z.string(),
    status: z.enum(UsageStatus),
    statusCode: z.string(),
    isUnlimited: z.boolean().nullable(),
    data: quota(EsimUsageUnit.MEGABYTES),
    voice: quota(EsimUsageUnit.MINUTES),
    text: quota(EsimUsageUnit.MESSAGES),
    expiresAtSeconds: z.int().nullable(),
    environment: z.enum(EsimUsageEnvironment),
    fetchedAtMs: z.int(),
    asOfNotBeforeMs: z.int(),
    freshUntilMs: z.int(),
  }),
  z.strictObject({
    version: z.literal(version),
    kind: z.literal('not found'),
    iccid: z.string(),
    untilMs: z.int(),
  }),
]);

/** As others can read it. Null while the server's clock is not known. */
export function encode(iccid: Iccid, known: Known, clock: FleetClock): string | null {
  if (known.kind === 'not found') {
    const untilMs = clock.there(known.untilMs);
    return untilMs === null ? null : JSON.stringify({ version, kind: known.kind, iccid, untilMs });
  }
  const { staleReason: _, fetchedAtMs, asOfNotBeforeMs, freshUntilMs, ...facts } = known.reading;
  const moments = {
    fetchedAtMs: clock.there(fetchedAtMs),
    asOfNotBeforeMs: clock.there(asOfNotBeforeMs),
    freshUntilMs: clock.there(freshUntilMs),
  };
  if (moments.fetchedAtMs === null) return null;
  return JSON.stringify({ version, ...facts, ...moments });
}

/** What another has written of this eSIM. Null when it cannot be read, or when it is about something else: then it is as if there were none. */
export function decode(
  text: string | null,
  iccid: Iccid,
  environment: EsimUsageEnvironment,
  clock: FleetClock,
): Known | null {
  const parsed = shared.safeParse(parseJson(text)).data;
  if (parsed?.iccid !== iccid) return null;
  if (parsed.kind === 'not found') {
    const untilMs = clock.here(parsed.untilMs);
    return untilMs === null ? null : { kind: parsed.kind, untilMs };
  }
  const { version: _, ...facts } = parsed;
  const fetchedAtMs = clock.here(facts.fetchedAtMs);
  const asOfNotBeforeMs = clock.here(facts.asOfNotBeforeMs);
  const freshUntilMs = clock.here(facts.freshUntilMs);
  if (fetchedAtMs === null || asOfNotBeforeMs === null || freshUntilMs === null) return null;
  if (facts.environment !== environment || fetchedAtMs > clock.now() + mostAheadMs) return null;
  return {
    kind: 'reading',
    reading: { ...facts, iccid, fetchedAtMs, asOfNotBeforeMs, freshUntilMs, staleReason: null },
  };
}

/** Clocks may disagree by as much. A reading from further ahead is by a clock that was wrong. */
const mostAheadMs = 1_000;
