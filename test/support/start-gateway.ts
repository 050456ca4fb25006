import {
  createSimulator,
  type Intercept,
  type Simulator,
  type SimulatorOptions,
} from 'esim-usage-gateway/simulator';
import { Agent, fetch, type RequestInit } from 'undici';
import { onTestFinished } from 'vitest';
import { openToAll } from '../../src/auth/authentication.js';
import type { Authentication, Viewer } from '../../src/auth/viewer.js';
import type { Clock } from '../../src/clock.js';
import type { OperationEnded, Report, UsageEvent } from '../../src/events.js';
import { createFastLane, type FastLane } from '../../src/fast-lane/lane.js';
import { createHealth } from '../../src/health.js';
import { createEsimUsageModule, type EsimUsageModule } from '../../src/module.js';
import type { EsimUsageModuleOptions } from '../../src/options.js';
import type { Page } from '../../src/pages/page.js';
import { startServer } from '../../src/server/server.js';
import type { TrustedDocuments } from '../../src/trusted-documents.js';
import { createManualClock } from './manual-clock.js';

/** Wide enough that nothing waits: what a test does not look at should not slow it down. */
const wideLimits = {
  companyRequests: 1_000,
  companyWindowMs: 1,
  iccidRequests: 1_000,
  iccidWindowMs: 1,
  tokenRequests: 1_000,
  tokenWindowMs: 1,
  quietStartMs: 0,
};

/** The limits of the contract. A token takes one of the company's five. */
export const documentedLimits = {
  companyRequests: 5,
  companyWindowMs: 1_000,
  iccidRequests: 10,
  iccidWindowMs: 60_000,
  tokenRequests: 3,
  tokenWindowMs: 60_000,
} as const;

const noLimits = {
  companyRequests: Number.POSITIVE_INFINITY,
  iccidRequests: Number.POSITIVE_INFINITY,
  tokenRequests: Number.POSITIVE_INFINITY,
};

export interface StartOptions {
  /** The time of gateway and simulator. A manual one, if left out. */
  readonly clock?: Clock;
  readonly module?: Partial<EsimUsageModuleOptions<Viewer>>;
  readonly simulator?: SimulatorOptions;
  /** Everybody may ask, if left out. */
  readonly authentication?: Authentication;
  /** What each operation that is asked by `ask` says beside what it has to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** On, if left out, unless the environment says that the whole suite is to do without it. */
  readonly fastLane?: boolean;
  /** All documents may be run, if left out. */
  readonly trusted?: TrustedDocuments;
  readonly introspection?: boolean;
  readonly pages?: readonly Page[];
}

/** An answer over HTTP, its body read as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An answer as it came over HTTP. */
export interface ReceivedAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A simulator and a module that reads it, both closed when the test is over. */
export interface StartedModule {
  readonly module: EsimUsageModule<Viewer>;
  readonly simulator: Simulator;
  /** What the layers reported, oldest first. */
  readonly events: readonly UsageEvent[];
  /** Settles once that many events of this type were reported, counted from the start. */
  seen(type: UsageEvent['type'], count?: number): Promise<void>;
  /** The ICCIDs of the usage requests that arrived at the simulator, oldest first. */
  usageCalls(): string[];
  /** Bends the simulator's answers to usage requests; undefined leaves them again. */
  bendUsage(hook: Intercept | undefined): void;
  /** The same for token requests. */
  bendToken(hook: Intercept | undefined): void;
}

/** The same, served over HTTP. */
export interface StartedGateway extends StartedModule {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** How many operations have begun so far, in either lane. */
  begun(): number;
  /** The signals of all operations so far that were not answered by the fast lane, oldest first. */
  readonly operations: readonly AbortSignal[];
  /** How each operation ended, oldest first. */
  readonly ended: readonly OperationEnded[];
  /** Every answer that was read to its end, oldest first. */
  readonly answers: readonly ReceivedAnswer[];
  /** Stops listening. */
  stop(): Promise<void>;
  /** Sends any request to a path of the server's. */
  send(path: string, request?: RequestInit): Promise<Answer>;
  /** Asks by POST. */
  ask(query: string, variables?: unknown, signal?: AbortSignal): Promise<Answer>;
}

/** Starts a module in front of a simulator of its own. */
export async function startModule(options: StartOptions = {}): Promise<StartedModule> {
  const { clock = createManualClock(), module: moduleOptions } = options;
  const simulator = await createSimulator({
    latencyMs: 0,
    limits: noLimits,
    clock: () => clock.toDate(clock.now()).getTime(),
    ...options.simulator,
  });
  onTestFinished(() => simulator.close());
  const { events, seen, report } = createRecord();
  const module = createEsimUsageModule<Viewer>({
    clientId: simulator.clientId,
    clientSecret: simulator.clientSecret,
    baseUrl: simulator.url,
    clock,
    ...wideLimits,
    ...moduleOptions,
    report(event) {
      report(event);
      moduleOptions?.report?.(event);
    },
  });
  onTestFinished(() => module.close());

  const hooks: Partial<Record<string, Intercept | undefined>> = {};
  function bend(kind: 'usage' | 'token', hook: Intercept | undefined): void {
    hooks[kind] = hook;
    simulator.intercept((exchange) => hooks[exchange.arrival.kind]?.(exchange));
  }

  return {
    module,
    simulator,
    events,
    seen,
    usageCalls: () =>
      simulator.arrivals.flatMap(({ kind, iccid }) => (kind === 'usage' && iccid !== null ? [iccid] : [])),
    bendUsage: (hook) => bend('usage', hook),
    bendToken: (hook) => bend('token', hook),
  };
}

function createRecord(): Pick<StartedModule, 'events' | 'seen'> & { report: Report } {
  const events: UsageEvent[] = [];
  const watchers = new Set<() => void>();

  return {
    events,
    report(event) {
      events.push(event);
      for (const watch of watchers) watch();
    },
    seen(type, count = 1) {
      return new Promise((resolve) => {
        const watch = (): void => {
          if (events.filter((event) => event.type === type).length < count) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      });
    },
  };
}

/** The same lane, telling each time that it answers. */
function countingLane(lane: FastLane<Viewer>, count: () => void): FastLane<Viewer> {
  return {
    learn: lane.learn,
    answer(question, viewer) {
      const answer = lane.answer(question, viewer);
      if (answer !== null) count();
      return answer;
    },
  };
}

/** Starts a gateway in front of a simulator of its own, on a free port of this machine. */
export async function startGateway(options: StartOptions = {}): Promise<StartedGateway> {
  const {
    clock = createManualClock(),
    authentication = openToAll,
    trusted = null,
    fastLane = process.env.GRAPHQL_FAST_LANE !== 'false',
    introspection = false,
    pages = [],
  } = options;
  const health = createHealth(clock);
  const started = await startModule({
    ...options,
    clock,
    module: {
      ...options.module,
      report(event) {
        health.report(event);
        options.module?.report?.(event);
      },
    },
  });
  const operations: AbortSignal[] = [];
  let answeredFast = 0;
  const answers: ReceivedAnswer[] = [];
  const ended: OperationEnded[] = [];
  const server = await startServer({
    module: {
      schema: started.module.schema,
      createContext(operation) {
        if (operation?.signal) operations.push(operation.signal);
        return started.module.createContext(operation);
      },
    },
    authentication,
    trusted,
    fastLane: fastLane ? countingLane(createFastLane(started.module), () => answeredFast++) : null,
    health,
    host: '127.0.0.1',
    port: 0,
    introspection,
    pages,
    report: (event) => ended.push(event),
  });
  onTestFinished(() => server.close());
  // Destroyed first: a connection that has not been used yet would keep the server waiting for its first request.
  const client = new Agent();
  onTestFinished(() => client.destroy());

  async function send(path: string, request: RequestInit = {}): Promise<Answer> {
    const response = await fetch(new URL(path, server.url), { ...request, dispatcher: client });
    const answer = {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    };
    answers.push(answer);
    return { status: answer.status, body: JSON.parse(answer.text) };
  }

  return {
    ...started,
    url: server.url,
    operations,
    begun: () => operations.length + answeredFast,
    ended,
    answers,
    stop: server.close,
    send,
    ask: (query, variables, signal) =>
      send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...options.headers },
        body: JSON.stringify({ query, variables }),
        ...(signal && { signal }),
      }),
  };
}

/** Every field of every type of a result. */
export const everyField = `
  __typename
  ... on EsimUsage {
    iccid
    esim { iccid usage { __typename } }
    status
    statusCode
    isUnlimited
    data { unit total remaining used }
    voice { unit total remaining used }
    text { unit total remaining used }
    expiresAt
    freshness { fetchedAt asOfNotBefore freshUntil staleReason }
    environment
  }
  ... on EsimUsageProblem { requestedIccid code message retryAfterSeconds }
`;
