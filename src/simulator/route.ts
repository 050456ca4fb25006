/** What a request asks for, judged by its request line alone. */
export interface Route {
  readonly kind: 'token' | 'usage' | 'other';
  /** The ICCID as it stands in a usage request's path, whether or not it is one; null on all other requests. */
  readonly iccid: string | null;
}

/** The route of all that is no documented request. */
export const otherRoute: Route = { kind: 'other', iccid: null };

/**
 * Any method and path has a route. Nothing is decoded and no query is allowed: the Airalo Partner API documentation
 * shows neither, so a request that needs it is not the documented one and ends in a 404.
 */
export function routeOf(method: string, path: string): Route {
  if (method === 'POST' && path === '/v2/token') return { kind: 'token', iccid: null };
  const [, iccid] = /^\/v2\/sims\/([^/?#]+)\/usage$/.exec(path) ?? [];
  return method === 'GET' && iccid !== undefined ? { kind: 'usage', iccid } : otherRoute;
}
