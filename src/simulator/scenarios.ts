import type { EsimScenario } from './esim.js';

/** One ICCID per thing that the upstream is known, or to be expected, to say. Most are the documentation's own examples. */
export const scenarioIccids = {
  /** Active: 767 of 2048 megabytes left at the start, 6 less per hour. */
  dataPlan: '8944465400000267221',
  /** Active: data as in `dataPlan`, 60 of 100 minutes and 20 of 50 messages, all being used. */
  dataVoiceTextPlan: '89012345678901234568',
  /** Active and unlimited, zeros instead of numbers. */
  unlimited: '8910300000005271146',
  /** Active and unlimited beside 767 of 2048 megabytes: the documentation's own example. */
  unlimitedWithNumbers: '8997212330099025334',
  /** Not active: all of 3072 megabytes left, no date of expiry. As a JSON number it is the same as `dataVoiceTextPlan`. */
  notActive: '89012345678901234567',
  /** Finished: 0 of 1024 megabytes left. */
  usedUp: '89340000000000872',
  /** Expired with 300 of 1024 megabytes left; 15 digits. */
  expired: '894000000000001',
  /** Recycled: taken back by the operator, no dates, no numbers. */
  recycled: '891000000000009125',
  /** UNKNOWN: the operator cannot say, its zeros mean nothing. */
  unknown: '8944465400000267239',
  /** SUSPENDED, a status that the documentation does not list: 512 of 1024 megabytes left. */
  undocumentedStatus: '8944465400000267247',
  /** 404: the upstream does not know it. */
  notFound: '8944465400000267254',
} as const;

const thirtyDaysMs = 30 * 24 * 3_600_000;
const data = { total: 2048, remaining: 767, usedPerHour: 6 };

const readings = {
  remaining: 0,
  total: 0,
  expired_at: '2022-01-01 00:00:00',
  is_unlimited: false,
  status: 'ACTIVE',
  remaining_voice: 0,
  remaining_text: 0,
  total_voice: 0,
  total_text: 0,
};

/** What each of `scenarioIccids` answers. */
export const scenarioEsims: ReadonlyMap<string, EsimScenario> = new Map<string, EsimScenario>([
  [scenarioIccids.dataPlan, { kind: 'plan', isUnlimited: false, expiresInMs: thirtyDaysMs, data }],
  [
    scenarioIccids.dataVoiceTextPlan,
    {
      kind: 'plan',
      isUnlimited: false,
      expiresInMs: thirtyDaysMs,
      data,
      voice: { total: 100, remaining: 60, usedPerHour: 2 },
      text: { total: 50, remaining: 20, usedPerHour: 1 },
    },
  ],
  [
    scenarioIccids.unlimited,
    {
      kind: 'plan',
      isUnlimited: true,
      expiresInMs: thirtyDaysMs,
      data: { total: 0, remaining: 0, usedPerHour: 0 },
    },
  ],
  [scenarioIccids.unlimitedWithNumbers, fixed({ is_unlimited: true, remaining: 767, total: 2048 })],
  [scenarioIccids.notActive, fixed({ status: 'NOT_ACTIVE', remaining: 3072, total: 3072, expired_at: null })],
  [scenarioIccids.usedUp, fixed({ status: 'FINISHED', total: 1024 })],
  [scenarioIccids.expired, fixed({ status: 'EXPIRED', remaining: 300, total: 1024 })],
  [scenarioIccids.recycled, fixed({ status: 'RECYCLED', expired_at: null, is_unlimited: null })],
  [scenarioIccids.unknown, fixed({ status: 'UNKNOWN', expired_at: null })],
  [scenarioIccids.undocumentedStatus, fixed({ status: 'SUSPENDED', remaining: 512, total: 1024 })],
  [scenarioIccids.notFound, { kind: 'missing' }],
]);

function fixed(differences: Readonly<Record<string, unknown>>): EsimScenario {
  return { kind: 'fixed', data: { ...readings, ...differences } };
}
