import type { Simulator } from '../../src/simulator/simulator.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Any request; a JSON body is parsed, any other is text. */
export async function send(simulator: Simulator, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(simulator.url + path, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  };
}

/** A token request, right in every respect but the given one. */
export function requestToken(
  simulator: Simulator,
  differences: Record<string, string> = {},
): Promise<Answer> {
  const form = {
    client_id: simulator.clientId,
    client_secret: simulator.clientSecret,
    grant_type: 'client_credentials',
    ...differences,
  };
  return send(simulator, '/v2/token', { method: 'POST', body: new URLSearchParams(form) });
}

/** The token of a 200. */
export function tokenOf({ body }: Answer): string {
  const { data } = Object(body);
  return String(data.access_token);
}

export type ReadUsage = (iccid: string) => Promise<Answer>;

/** Fetches one token and answers a function that reads usage with it. */
export async function authorizedReader(simulator: Simulator): Promise<ReadUsage> {
  const token = tokenOf(await requestToken(simulator));
  return (iccid) => readUsage(simulator, iccid, `Bearer ${token}`);
}

export function readUsage(simulator: Simulator, iccid: string, authorization: string): Promise<Answer> {
  return send(simulator, `/v2/sims/${iccid}/usage`, { headers: { authorization } });
}
