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
import { createToken, type Token, type TokenOptions } from '../../src/upstream/token.js';
import type { UsageSource } from '../../src/usage.js';
import { createLatch } from './latch.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

export interface UpstreamPathOptions {
  /** Where the simulator is to differ, in its credentials too: these are not the gateway's. */
  readonly simulator?: SimulatorOptions;
  /** @default 'simulator-secret' */
  readonly clientSecret?: string;
  /** @default 'PRODUCTION' */
  readonly environment?: EsimUsageEnvironment;
  /** @default 5 */
  readonly companyRequests?: number;
  /** What every token request has to go through besides. */
  readonly obtain?: TokenOptions['obtain'];
}

/** The layers from the replay down, with no limits but the wait for a token, in front of a simulator that counts none either. */
export interface UpstreamPath {
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  readonly http: Http;
  readonly token: Token;
  /** One call, with the token that is at hand. */
  readonly client: UsageSource;
  /** The same as soon as a token is there, and once more when that is refused. */
  readonly replay: UsageSource;
  /** What the layers reported, oldest first. */
  readonly events: readonly UsageEvent[];
  /** When each token request was let out, on the clock. */
  readonly tokenCallsMs: readonly number[];
  /** Sees to it that a token is at hand or known not to be had. Throws as `ensure` does. */
  awaitToken(): Promise<void>;
  /** Settles when what came of all token requests is known. */
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
  const {
    environment = 'PRODUCTION',
    clientSecret = 'simulator-secret',
    obtain = (fetch) => fetch(),
  } = options;
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
  let settled = createLatch();
  let tokensUnderWay = 0;
  const http = createHttp({ baseUrl: simulator.url, callTimeoutMs, clock });
  onTestFinished(() => http.close());
  const token = createToken({
    http,
    clientId: 'simulator-client',
    clientSecret,
    clock,
    report,
    obtain(fetch, unwanted) {
      tokensUnderWay += 1;
      return obtain(() => {
        tokenCallsMs.push(clock.now());
        return fetch();
      }, unwanted);
    },
    onSecret: () => undefined,
    onSettled() {
      tokensUnderWay -= 1;
      settled.open();
      settled = createLatch();
    },
  });
  const client = createClient({
    http,
    token,
    environment,
    upstreamCacheMs,
    recycledMs,
    companyRequests: options.companyRequests ?? 5,
    iccidRequests: 10,
    clock,
    report,
  });

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await settled.opened;
  }

  /** Where the scheduler is otherwise: what waits for a token does so there. */
  const line: UsageSource = {
    async read(iccid, caller) {
      await until(() => !token.isAwaited());
      return client.read(iccid, caller);
    },
  };

  return {
    clock,
    simulator,
    http,
    token,
    client,
    replay: createReplay({ source: line, token }),
    events,
    tokenCallsMs,
    async awaitToken() {
      token.ensure();
      await until(() => !token.isAwaited());
      token.ensure();
    },
    tokenSettled: () => until(() => tokensUnderWay === 0),
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
