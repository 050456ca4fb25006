import type { EsimScenario } from './esim.js';

const prefix = '8999900000000';
const fleetSize = 1_000_000;
const thirtyDaysMs = 30 * 24 * 3_600_000;

/**
 * The first `count` ICCIDs of a fleet of a million that every simulator knows without being told. They are distinct,
 * and so close together that most would be the same as a JSON number. The n-th (from 0) has `1024 + n` megabytes of
 * which `512 + n` are left at the start, so no two customers' answers are alike, and uses 6 megabytes per hour.
 */
export function fleetIccids(count: number): string[] {
  if (!Number.isInteger(count) || count < 0 || count > fleetSize) {
    throw new RangeError(`count: expected a whole number from 0 to ${fleetSize}, got ${count}`);
  }
  return Array.from({ length: count }, (_, index) => prefix + String(index).padStart(6, '0'));
}

/** The scenario of an ICCID of the fleet; undefined for any other. */
export function fleetScenario(iccid: string): EsimScenario | undefined {
  if (!iccid.startsWith(prefix)) return undefined;
  const suffix = iccid.slice(prefix.length);
  if (!/^\d{6}$/.test(suffix)) return undefined;
  const index = Number(suffix);
  return {
    kind: 'plan',
    isUnlimited: false,
    expiresInMs: thirtyDaysMs,
    data: { total: 1024 + index, remaining: 512 + index, usedPerHour: 6 },
  };
}
