import type { Arrival } from './arrival.js';
import type { EsimScenario } from './esim.js';
import { fleetScenario } from './fleet.js';
import { createRateLimit } from './rate-limit.js';
import { notFound, type WholeReply } from './reply.js';
import { createTokenEndpoint } from './token-endpoint.js';
import { createTokens } from './tokens.js';
import { createUsageEndpoint } from './usage-endpoint.js';
import type { WindowKind } from './window.js';

/** The service that is simulated: what it answers, apart from how that gets onto the wire. */
export interface Upstream {
  /** Counts the request in its limits when it is called, even if the answer has to wait for the body. */
  answer(arrival: Arrival, body: Promise<string>): Promise<WholeReply>;
  addEsim(iccid: string, scenario: EsimScenario): void;
  revokeTokens(): void;
}

export interface UpstreamOptions {
  clientId: string;
  clientSecret: string;
  windowKind: WindowKind;
  limits: Readonly<{
    companyRequests: number;
    companyWindowMs: number;
    iccidRequests: number;
    iccidWindowMs: number;
    tokenRequests: number;
    tokenWindowMs: number;
  }>;
  replyCacheMs: number;
  tokenLifetimeSeconds: number;
  /** The eSIMs known at first, besides the fleet. */
  esims: ReadonlyMap<string, EsimScenario>;
  /** Epoch milliseconds. */
  clock: () => number;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { windowKind: kind, limits, tokenLifetimeSeconds, clock } = options;
  const esims = new Map(options.esims);
  const tokens = createTokens(tokenLifetimeSeconds * 1000);

  const answerToken = createTokenEndpoint({
    ...options,
    tokens,
    limit: createRateLimit({ kind, requests: limits.tokenRequests, windowMs: limits.tokenWindowMs }),
  });
  const answerUsage = createUsageEndpoint({
    ...options,
    tokens,
    companyLimit: createRateLimit({
      kind,
      requests: limits.companyRequests,
      windowMs: limits.companyWindowMs,
    }),
    iccidLimit: createRateLimit({ kind, requests: limits.iccidRequests, windowMs: limits.iccidWindowMs }),
    startedAtMs: clock(),
    findEsim: (iccid) => esims.get(iccid) ?? fleetScenario(iccid),
  });

  return {
    async answer(arrival, body) {
      if (arrival.kind === 'token') return answerToken(arrival, body, clock());
      if (arrival.iccid === null) return notFound();
      return answerUsage(arrival.iccid, arrival.headers.authorization, clock());
    },
    addEsim(iccid, scenario) {
      esims.set(iccid, scenario);
    },
    revokeTokens() {
      tokens.revoke();
    },
  };
}
