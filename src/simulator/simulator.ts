import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Arrival, createArrivalLog } from './arrival.js';
import type { EsimScenario } from './esim.js';
import type { Intercept } from './exchange.js';
import { createHttpServer } from './http-server.js';
import { requireWholeNumbers } from './range.js';
import { readBody } from './read-body.js';
import { scenarioEsims } from './scenarios.js';
import { createUpstream } from './upstream.js';
import { type WindowKind, windowKinds } from './window.js';
import { createWire } from './wire.js';

export type { Arrival } from './arrival.js';
export type { Allowance, EsimScenario, FixedScenario, MissingScenario, PlanScenario } from './esim.js';
export type { Exchange, Intercept } from './exchange.js';
export type { BrokenReply, RawReply, Reply, TrickledReply, WholeReply } from './reply.js';
export type { WindowKind } from './window.js';

/** How many requests are admitted per window. All from the Airalo Partner API documentation; `Infinity` lifts a limit. */
export interface SimulatorLimits {
  /** Usage requests per company window. @default 5 */
  companyRequests?: number;
  /** Length of the company's window in milliseconds. @default 1000 */
  companyWindowMs?: number;
  /** Usage requests per window of one ICCID. @default 10 */
  iccidRequests?: number;
  /** Length of an ICCID's window in milliseconds. @default 60_000 */
  iccidWindowMs?: number;
  /** Token requests per window. @default 3 */
  tokenRequests?: number;
  /** Length of the token window in milliseconds. @default 60_000 */
  tokenWindowMs?: number;
}

export interface SimulatorOptions {
  /** Address to listen on. @default '127.0.0.1' */
  host?: string;
  /** Port to listen on; 0 is any free one. @default 0 */
  port?: number;
  /** The one client id that gets tokens. @default 'simulator-client' */
  clientId?: string;
  /** The client id's secret. @default 'simulator-secret' */
  clientSecret?: string;
  /** How all limits count; the documentation does not say, so the strictest. @default 'sliding' */
  windowKind?: WindowKind;
  /** The limits to count against. @default those of the documentation */
  limits?: SimulatorLimits;
  /** Milliseconds from a request's arrival to its answer, or a function that says so for each. @default 150 */
  latencyMs?: number | (() => number);
  /** How long the upstream repeats a reading, in milliseconds; 0 measures anew each time. @default 1_200_000, 20 minutes */
  replyCacheMs?: number;
  /** A token's `expires_in`, in seconds. @default 31_622_400, 366 days */
  tokenLifetimeSeconds?: number;
  /** The eSIMs that are known, by ICCID; the fleet's are known besides. @default scenarioEsims */
  esims?: ReadonlyMap<string, EsimScenario>;
  /** Epoch milliseconds that never decrease: for limits, reply cache, token expiry and what eSIMs use. @default Date.now */
  clock?: () => number;
  /** Bends any single answer before it is sent. @default undefined, no answer is bent */
  intercept?: Intercept | undefined;
  /** How many of the newest arrivals are kept, at most. @default 100_000 */
  keepArrivals?: number;
}

const defaults = {
  host: '127.0.0.1',
  port: 0,
  clientId: 'simulator-client',
  clientSecret: 'simulator-secret',
  windowKind: 'sliding',
  limits: {
    companyRequests: 5,
    companyWindowMs: 1000,
    iccidRequests: 10,
    iccidWindowMs: 60_000,
    tokenRequests: 3,
    tokenWindowMs: 60_000,
  },
  latencyMs: 150,
  replyCacheMs: 20 * 60_000,
  tokenLifetimeSeconds: 31_622_400,
  esims: scenarioEsims,
  clock: Date.now,
  keepArrivals: 100_000,
} satisfies SimulatorOptions;

/** The longest time that Node's timers can wait. */
const longestMs = 2 ** 31 - 1;

/** A running stand-in for the upstream, over real HTTP. */
export interface Simulator {
  /** Without a slash at the end. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Every request that arrived, whatever it was, oldest first; only the newest are kept. */
  readonly arrivals: readonly Arrival[];
  /** Makes an ICCID known or changes it, at once, whatever reading of it is still being repeated. */
  addEsim(iccid: string, scenario: EsimScenario): void;
  /** Replaces the hook that bends answers; undefined removes it. */
  intercept(hook: Intercept | undefined): void;
  /** Every token given so far is answered with 401 from now on. */
  revokeTokens(): void;
  /**
   * Destroys all connections and waits for none of them; a second call joins the first.
   * Rejects with the first error that the hook threw, when it did.
   */
  close(): Promise<void>;
}

/**
 * Starts a simulator; the promise settles when it listens. It rejects with a `RangeError` for an option out of range,
 * and with the system's error when the port is taken.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = resolveOptions(options);
  const { host, port, clientId, clientSecret } = settings;
  const log = createArrivalLog(settings.keepArrivals);
  const upstream = createUpstream(settings);
  const wire = createWire(settings);
  let hook = options.intercept;
  let failure: { error: unknown } | undefined;
  let closing: Promise<void> | undefined;

  async function serve(arrival: Arrival, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = readBody(request);
      const reply = await upstream.answer(arrival, body);
      const bent = await hook?.({ arrival, body: await body, reply });
      await wire.send(bent ?? reply, arrival, response);
    } catch (error) {
      failure ??= { error };
      request.socket.resetAndDestroy();
    }
  }

  const server = createHttpServer({ log, serve });
  server.listen(port, host);
  await once(server, 'listening');

  async function stop(): Promise<void> {
    wire.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    if (failure) throw failure.error;
  }

  return {
    url: urlOf(server.address()),
    clientId,
    clientSecret,
    arrivals: log.arrivals,
    addEsim: upstream.addEsim,
    intercept(newHook) {
      hook = newHook;
    },
    revokeTokens: upstream.revokeTokens,
    close() {
      closing ??= stop();
      return closing;
    },
  };
}

function resolveOptions(options: SimulatorOptions) {
  const limits = { ...defaults.limits, ...options.limits };
  const settings = { ...defaults, ...options, limits };
  const { windowKind, latencyMs } = settings;
  if (!windowKinds.includes(windowKind)) {
    throw new RangeError(`windowKind: expected one of ${windowKinds.join(', ')}, got ${windowKind}`);
  }
  requireWholeNumbers({
    port: [settings.port, 0, 65_535],
    companyRequests: [limits.companyRequests, 1, Number.POSITIVE_INFINITY],
    companyWindowMs: [limits.companyWindowMs, 1, longestMs],
    iccidRequests: [limits.iccidRequests, 1, Number.POSITIVE_INFINITY],
    iccidWindowMs: [limits.iccidWindowMs, 1, longestMs],
    tokenRequests: [limits.tokenRequests, 1, Number.POSITIVE_INFINITY],
    tokenWindowMs: [limits.tokenWindowMs, 1, longestMs],
    latencyMs: [typeof latencyMs === 'function' ? 0 : latencyMs, 0, longestMs],
    replyCacheMs: [settings.replyCacheMs, 0, longestMs],
    tokenLifetimeSeconds: [settings.tokenLifetimeSeconds, 1, Number.MAX_SAFE_INTEGER],
    keepArrivals: [settings.keepArrivals, 1, Number.POSITIVE_INFINITY],
  });
  return settings;
}

function urlOf(address: ReturnType<Server['address']>): string {
  if (address === null || typeof address === 'string') {
    throw new TypeError(`address: expected host and port, got ${address}`);
  }
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
