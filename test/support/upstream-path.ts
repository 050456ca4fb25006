import {
  createSimulator,
  type Intercept,
  type Simulator,
  type SimulatorOptions,
} from 'esim-usage-gateway/simulator';
import { onTestFinished } from 'vitest';
import type { UsageEvent } from '../../src/events.js';
import type { EsimUsageEnvironment } from '../../src/generated/enums.js';
import { createClient } from '../../src/upstream/client.js';
import { createHttp, type Http } from '../../src/upstream/http.js';
import { createReplay } from '../../src/upstream/replay.js';
import { createToken, type Token } from '../../src/upstream/token.js';
import type { UsageSource } from '../../src/usage.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

export interface UpstreamPathOptions {
  /** Where the simulator is to differ, in its credentials too: these are not the gateway's. */
  readonly simulator?: SimulatorOptions;
  /** @default 'simulator-secret' */
  readonly clientSecret?: string;
  /** @default 'PRODUCTION' */
  readonly environment?: EsimUsageEnvironment;
  /** @default 32 */
  readonly connections?: number;
}

/** The layers from the replay down, with nothing that waits between them, in front of a simulator that counts no limits. */
export interface UpstreamPath {
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  readonly http: Http;
  readonly token: Token;
  /** One call, with the token that is at hand. */
  readonly client: UsageSource;
  /** The same with a token, and once more when that is refused. */
  readonly replay: UsageSource;
  /** What the layers reported, oldest first. */
  readonly events: readonly UsageEvent[];
  /** When each token request was let out, on the clock. */
  readonly tokenCallsMs: readonly number[];
  /** Settles when what came of the newest token request is known. */
  tokenSettled(): Promise<void>;
  /** The ICCIDs that the simulator was asked for, oldest first. */
  usageCalls(): string[];
  /** Bends the simulator's answers to usage requests; undefined leaves them again. */
  bendUsage(hook: Intercept | undefined): void;
  /** The same for token requests. */
  bendToken(hook: Intercept | undefined): void;
}

export const callTimeoutMs = 10_000;
export const upstreamCacheMs = 20 * 60_000;
export const recycledMs = 24 * 60 * 60_000;

/** Starts both; they are closed when the test is over. */
export async function startUpstreamPath(options: UpstreamPathOptions = {}): Promise<UpstreamPath> {
  const { environment = 'PRODUCTION', connections = 32, clientSecret = 'simulator-secret' } = options;
  const clock = createManualClock();
  const hooks: Partial<Record<'usage' | 'token' | 'other', Intercept | undefined>> = {};
  const simulator = await createSimulator({
    latencyMs: 0,
    limits: {
      companyRequests: Number.POSITIVE_INFINITY,
      iccidRequests: Number.POSITIVE_INFINITY,
      tokenRequests: Number.POSITIVE_INFINITY,
    },
    clock: () => clock.toDate(clock.now()).getTime(),
    clientSecret,
    intercept: (exchange) => hooks[exchange.arrival.kind]?.(exchange),
    ...options.simulator,
  });
  onTestFinished(() => simulator.close());

  const events: UsageEvent[] = [];
  const report = (event: UsageEvent): void => {
    events.push(event);
  };
  const tokenCallsMs: number[] = [];
  let newestTokenCall: Promise<unknown> = Promise.resolve();
  const http = createHttp({ baseUrl: simulator.url, callTimeoutMs, connections, clock });
  onTestFinished(() => http.close());
  const token = createToken({
    http,
    clientId: 'simulator-client',
    clientSecret,
    clock,
    report,
    limit(call) {
      tokenCallsMs.push(clock.now());
      const answer = call();
      newestTokenCall = answer.catch(() => undefined);
      return answer;
    },
  });
  const client = createClient({ http, token, environment, upstreamCacheMs, recycledMs, clock, report });

  return {
    clock,
    simulator,
    http,
    token,
    client,
    replay: createReplay({ source: client, token }),
    events,
    tokenCallsMs,
    async tokenSettled() {
      await newestTokenCall;
      // What the token makes of it comes a few promises later.
      await clock.advance(0);
    },
    usageCalls: () =>
      simulator.arrivals.flatMap(({ kind, iccid }) => (kind === 'usage' && iccid !== null ? [iccid] : [])),
    bendUsage(hook) {
      hooks.usage = hook;
    },
    bendToken(hook) {
      hooks.token = hook;
    },
  };
}

/** A caller who waits for ever. */
export const patient = { deadlineMs: Number.POSITIVE_INFINITY };
