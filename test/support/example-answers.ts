import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import type { EsimUsageModuleOptions } from '../../src/options.js';
import type { SchemaOptions } from '../../src/schema/options.js';
import { documentedLimits } from './start-gateway.js';

/** What the worked examples ask a simulator for. */
export const simulated = { scenarios: scenarioIccids, fleet: fleetIccids(80) };

/** The module that an example is run against: one that reads whatever it is asked, but for the one about limits. */
export function moduleFor(example: string, schema?: SchemaOptions): Partial<EsimUsageModuleOptions> {
  // So short that no call after the first second's can be in time.
  return example === 'ThrottledList' ? { ...documentedLimits, deadlineMs: 500, schema } : { schema };
}

const fetchedAt = '2026-01-01T00:00:01.000Z';
const inThirtyDays = '2026-01-31T00:00:01.000Z';
const longAgo = '2022-01-01T00:00:00.000Z';

const freshness = {
  fetchedAt,
  asOfNotBefore: '2025-12-31T23:40:01.000Z',
  freshUntil: '2026-01-01T00:20:01.000Z',
  staleReason: null,
};

function megabytes(total: number, remaining: number): object {
  return { unit: 'MEGABYTES', total, remaining, used: total - remaining };
}

function row(iccid: string, status: string, data: object, expiresAt: string | null): object {
  return {
    __typename: 'EsimUsage',
    iccid,
    status,
    isUnlimited: false,
    data,
    expiresAt,
    freshness: { fetchedAt, staleReason: null },
  };
}

function problem(code: string, message: string, retryAfterSeconds: number | null = null): object {
  return { __typename: 'EsimUsageProblem', code, message, retryAfterSeconds };
}

/** What each example is answered by a gateway whose clock has not moved since its start. */
export const exampleAnswers: Readonly<Record<string, unknown>> = {
  PhoneScreen: {
    data: {
      esimUsage: {
        __typename: 'EsimUsage',
        status: 'ACTIVE',
        isUnlimited: false,
        data: megabytes(2048, 767),
        voice: { unit: 'MINUTES', total: 100, remaining: 60, used: 40 },
        text: { unit: 'MESSAGES', total: 50, remaining: 20, used: 30 },
        expiresAt: inThirtyDays,
        freshness,
      },
    },
  },
  SeveralEsims: {
    data: {
      esimUsages: [
        row(scenarioIccids.dataPlan, 'ACTIVE', megabytes(2048, 767), inThirtyDays),
        row(scenarioIccids.notActive, 'NOT_ACTIVE', megabytes(3072, 3072), null),
        row(scenarioIccids.usedUp, 'FINISHED', megabytes(1024, 0), longAgo),
        row(scenarioIccids.expired, 'EXPIRED', megabytes(1024, 300), longAgo),
        row(scenarioIccids.undocumentedStatus, 'UNKNOWN', megabytes(1024, 512), longAgo),
        problem('NOT_FOUND', 'No eSIM with this ICCID is known.'),
      ],
    },
  },
  UnlimitedPlan: {
    data: {
      esimUsage: {
        __typename: 'EsimUsage',
        status: 'ACTIVE',
        isUnlimited: true,
        data: null,
        voice: null,
        text: null,
        expiresAt: inThirtyDays,
        freshness,
      },
    },
  },
  RecycledEsim: {
    data: {
      esimUsage: {
        __typename: 'EsimUsage',
        status: 'RECYCLED',
        isUnlimited: null,
        data: null,
        voice: null,
        text: null,
        expiresAt: null,
        // It is not asked for again within a day.
        freshness: { ...freshness, freshUntil: '2026-01-02T00:00:01.000Z' },
      },
    },
  },
  MalformedIccid: {
    data: {
      esimUsages: [
        problem('INVALID_ICCID', 'An ICCID is a string of 15 to 22 digits.'),
        row(scenarioIccids.dataPlan, 'ACTIVE', megabytes(2048, 767), inThirtyDays),
      ],
    },
  },
  // Of the five calls at once one is for a token. Those who come back do so one by one, four to a second.
  ThrottledList: {
    data: {
      esimUsages: simulated.fleet.map((iccid, at) =>
        at < 4
          ? row(iccid, 'ACTIVE', megabytes(1024 + at, 512 + at), inThirtyDays)
          : problem(
              'THROTTLED',
              'The limits of the eSIM provider leave no room for this reading in time.',
              Math.ceil(at / 4),
            ),
      ),
    },
  },
};
