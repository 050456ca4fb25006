const millisecondsPerHour = 3_600_000;

/** One part of a plan: megabytes of data, minutes of voice or text messages. */
export interface Allowance {
  readonly total: number;
  /** What is left when the simulator starts. */
  readonly remaining: number;
  /** What the eSIM uses per hour from then on, until nothing is left or the plan has expired. */
  readonly usedPerHour: number;
}

/** A plan in use: ACTIVE, then FINISHED when its data is used up, EXPIRED when its time is over. */
export interface PlanScenario {
  readonly kind: 'plan';
  readonly isUnlimited: boolean;
  /** Milliseconds from the simulator's start to the plan's end. */
  readonly expiresInMs: number;
  /** An unlimited plan has a total of 0. */
  readonly data: Allowance;
  /** @default none */
  readonly voice?: Allowance;
  /** @default none */
  readonly text?: Allowance;
}

/** Answers the same `data` for ever; any fields and values, so that a test can also say what is not documented. */
export interface FixedScenario {
  readonly kind: 'fixed';
  readonly data: Readonly<Record<string, unknown>>;
}

/** An ICCID that is listed and yet not known to the upstream: 404. */
export interface MissingScenario {
  readonly kind: 'missing';
}

/** What the upstream says about one eSIM, as a function of time. */
export type EsimScenario = PlanScenario | FixedScenario | MissingScenario;

const noAllowance: Allowance = { total: 0, remaining: 0, usedPerHour: 0 };

/** The `data` of a usage reply (Airalo Partner API documentation) as measured at a time; both times are epoch milliseconds. */
export function usageAfter(
  scenario: PlanScenario | FixedScenario,
  startedAtMs: number,
  measuredAtMs: number,
): Readonly<Record<string, unknown>> {
  if (scenario.kind === 'fixed') return scenario.data;

  const { data, voice = noAllowance, text = noAllowance, isUnlimited, expiresInMs } = scenario;
  const usedForMs = Math.min(measuredAtMs - startedAtMs, expiresInMs);
  const remaining = remainingAfter(data, usedForMs);
  return {
    remaining,
    total: data.total,
    expired_at: upstreamTime(startedAtMs + expiresInMs),
    is_unlimited: isUnlimited,
    status: planStatus({ isExpired: usedForMs === expiresInMs, isUsedUp: data.total > 0 && remaining === 0 }),
    remaining_voice: remainingAfter(voice, usedForMs),
    remaining_text: remainingAfter(text, usedForMs),
    total_voice: voice.total,
    total_text: text.total,
  };
}

function planStatus({ isExpired, isUsedUp }: { isExpired: boolean; isUsedUp: boolean }): string {
  if (isExpired) return 'EXPIRED';
  return isUsedUp ? 'FINISHED' : 'ACTIVE';
}

function remainingAfter(allowance: Allowance, usedForMs: number): number {
  const used = Math.floor((allowance.usedPerHour * usedForMs) / millisecondsPerHour);
  return Math.max(0, allowance.remaining - used);
}

/** `YYYY-MM-DD HH:MM:SS`; that it is UTC is inferred. */
function upstreamTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}
