import { type EsimScenario, usageAfter } from './esim.js';
import { createExpiringMap } from './expiring-map.js';
import type { RateLimit } from './rate-limit.js';
import { jsonReply, notFound, type WholeReply } from './reply.js';
import type { Tokens } from './tokens.js';

/** `GET /v2/sims/{iccid}/usage`. */
export type UsageEndpoint = (iccid: string, authorization: string | undefined, nowMs: number) => WholeReply;

export interface UsageEndpointOptions {
  companyLimit: RateLimit;
  iccidLimit: RateLimit;
  tokens: Tokens;
  /** How long a reading is repeated, in milliseconds. */
  replyCacheMs: number;
  /** Epoch milliseconds of the readings that scenarios start from. */
  startedAtMs: number;
  /** The eSIM's scenario, or undefined for an ICCID that is not known. */
  findEsim(iccid: string): EsimScenario | undefined;
}

/**
 * Answers as in the Airalo Partner API documentation. Inferred, each the strictest reading: a request counts in
 * both limits whatever its answer, and a missing token is refused before an exceeded limit.
 */
export function createUsageEndpoint(options: UsageEndpointOptions): UsageEndpoint {
  const { companyLimit, iccidLimit, tokens, replyCacheMs, startedAtMs, findEsim } = options;
  // The times suffice: a scenario and a time give the numbers.
  const measuredAtMs = createExpiringMap<number>(replyCacheMs);

  function measuredAt(iccid: string, nowMs: number): number {
    const cachedMs = measuredAtMs.get(iccid, nowMs);
    if (cachedMs === undefined) measuredAtMs.set(iccid, nowMs, nowMs);
    return cachedMs ?? nowMs;
  }

  function read(iccid: string, nowMs: number): WholeReply {
    const scenario = findEsim(iccid);
    if (scenario === undefined || scenario.kind === 'missing') return notFound();
    const data = usageAfter(scenario, startedAtMs, measuredAt(iccid, nowMs));
    return jsonReply(200, { data, meta: { message: 'api.succes' } });
  }

  return (iccid, authorization, nowMs) => {
    const companyRefusal = companyLimit.hit('company', nowMs);
    const iccidRefusal = iccidLimit.hit(iccid, nowMs);
    if (!tokens.accept(authorization, nowMs)) return jsonReply(401, { message: 'Unauthenticated.' });
    return companyRefusal ?? iccidRefusal ?? read(iccid, nowMs);
  };
}
