import type { Iccid } from '../../src/iccid.js';
import type { UsageReading } from '../../src/usage.js';

/** An ordinary reading, fetched at `fetchedAtMs` and fresh for 20 minutes. */
export function readingOf(
  iccid: Iccid,
  fetchedAtMs: number,
  differing: Partial<UsageReading> = {},
): UsageReading {
  return {
    kind: 'reading',
    iccid,
    status: 'ACTIVE',
    statusCode: 'ACTIVE',
    isUnlimited: false,
    data: { unit: 'MEGABYTES', total: 2_048, remaining: 767, used: 1_281 },
    voice: null,
    text: null,
    expiresAtSeconds: null,
    environment: 'PRODUCTION',
    fetchedAtMs,
    asOfNotBeforeMs: fetchedAtMs - 20 * 60_000,
    freshUntilMs: fetchedAtMs + 20 * 60_000,
    staleReason: null,
    ...differing,
  };
}
