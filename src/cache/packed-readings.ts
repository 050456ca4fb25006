import { EsimUsageUnit } from '../generated/enums.js';
import type { Iccid } from '../iccid.js';
import type { UsageQuota, UsageReading } from '../usage.js';

/**
 * Places that hold one reading each, in 64 bytes outside of the heap. As objects a reading is seven, at each of which a garbage
 * collection looks each time: with a hundred thousand of them it keeps the processor for longer than a caller should wait.
 */
export interface PackedReadings {
  /** Puts a reading in a place, or none. False where it would not come out the same; there is none then. */
  write(place: number, reading: UsageReading | null): boolean;
  /** What is in a place, of that eSIM: each time another object. Null where there is none. */
  read(place: number, iccid: Iccid): UsageReading | null;
}

/** What many readings have in common. */
type Kind = Pick<UsageReading, 'status' | 'statusCode' | 'isUnlimited' | 'environment'>;

const placeBytes = 64;
/** Where in a place what begins: four numbers of eight bytes, and eight whole ones of four. */
const at = {
  fetchedAtMs: 0,
  asOfNotBeforeMs: 8,
  freshUntilMs: 16,
  /** Not a number where it is not known. */
  expiresAtSeconds: 24,
  /** A total and what remains of it. A total of 0 stands for none. */
  data: 32,
  voice: 40,
  text: 48,
  /** From 1. 0 where there is no reading. */
  kind: 56,
} as const;
const units = {
  data: EsimUsageUnit.MEGABYTES,
  voice: EsimUsageUnit.MINUTES,
  text: EsimUsageUnit.MESSAGES,
} as const;
const quotaNames = ['data', 'voice', 'text'] as const;
/** The upstream's statuses are an open set, but an endless one would be a fault. */
const mostKinds = 1_000;

/** Makes so many empty places, whose numbers are from 0. What of them was never written, the system need not provide. */
export function createPackedReadings(places: number): PackedReadings {
  const bytes = new DataView(new ArrayBuffer(places * placeBytes));
  const kinds: Kind[] = [];

  /** Null where there are too many. */
  function numberOf({ status, statusCode, isUnlimited, environment }: Kind): number | null {
    const index = kinds.findIndex(
      (kind) =>
        kind.statusCode === statusCode &&
        kind.status === status &&
        kind.isUnlimited === isUnlimited &&
        kind.environment === environment,
    );
    if (index !== -1) return index + 1;
    return kinds.length < mostKinds ? kinds.push({ status, statusCode, isUnlimited, environment }) : null;
  }

  return {
    write(place, reading) {
      const start = place * placeBytes;
      const kind = reading !== null && isPackable(reading) ? numberOf(reading) : null;
      bytes.setUint32(start + at.kind, kind ?? 0);
      if (reading === null || kind === null) return reading === null;
      bytes.setFloat64(start + at.fetchedAtMs, reading.fetchedAtMs);
      bytes.setFloat64(start + at.asOfNotBeforeMs, reading.asOfNotBeforeMs);
      bytes.setFloat64(start + at.freshUntilMs, reading.freshUntilMs);
      bytes.setFloat64(start + at.expiresAtSeconds, reading.expiresAtSeconds ?? Number.NaN);
      for (const name of quotaNames) {
        bytes.setInt32(start + at[name], reading[name]?.total ?? 0);
        bytes.setInt32(start + at[name] + 4, reading[name]?.remaining ?? 0);
      }
      return true;
    },

    read(place, iccid) {
      const start = place * placeBytes;
      const kind = kinds[bytes.getUint32(start + at.kind) - 1];
      if (kind === undefined) return null;
      const expiresAtSeconds = bytes.getFloat64(start + at.expiresAtSeconds);
      return {
        kind: 'reading',
        iccid,
        status: kind.status,
        statusCode: kind.statusCode,
        isUnlimited: kind.isUnlimited,
        data: quotaIn(bytes, start + at.data, units.data),
        voice: quotaIn(bytes, start + at.voice, units.voice),
        text: quotaIn(bytes, start + at.text, units.text),
        expiresAtSeconds: Number.isNaN(expiresAtSeconds) ? null : expiresAtSeconds,
        environment: kind.environment,
        fetchedAtMs: bytes.getFloat64(start + at.fetchedAtMs),
        asOfNotBeforeMs: bytes.getFloat64(start + at.asOfNotBeforeMs),
        freshUntilMs: bytes.getFloat64(start + at.freshUntilMs),
        staleReason: null,
      };
    },
  };
}

function isPackable(reading: UsageReading): boolean {
  return reading.staleReason === null && quotaNames.every((name) => isUsual(reading[name], units[name]));
}

/** Whether a quota, if there is one, is a whole total above 0 of that unit, and of it what is left and what is used. */
function isUsual(quota: UsageQuota | null, unit: EsimUsageUnit): boolean {
  if (quota === null) return true;
  const { total, remaining, used } = quota;
  const isWhole = (total | 0) === total && (remaining | 0) === remaining;
  return isWhole && total > 0 && used === total - remaining && quota.unit === unit;
}

function quotaIn(bytes: DataView, start: number, unit: EsimUsageUnit): UsageQuota | null {
  const total = bytes.getInt32(start);
  if (total === 0) return null;
  const remaining = bytes.getInt32(start + 4);
  return { unit, total, remaining, used: total - remaining };
}
