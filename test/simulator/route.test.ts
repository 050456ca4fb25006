import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../src/simulator/route.js';

const other = { kind: 'other', iccid: null };

describe('route', () => {
  it('of POST /v2/token is the token endpoint', () => {
    expect(routeOf('POST', '/v2/token')).toEqual({ kind: 'token', iccid: null });
  });

  it('of GET /v2/sims/{iccid}/usage is the usage endpoint, with every digit of the ICCID', () => {
    expect(routeOf('GET', '/v2/sims/89012345678901234567/usage')).toEqual({
      kind: 'usage',
      iccid: '89012345678901234567',
    });
  });

  it.each([
    ['GET', '/v2/token'],
    ['POST', '/v2/sims/8944465400000267221/usage'],
    ['GET', '/v2/sims//usage'],
    ['GET', '/v2/sims/8944465400000267221/usage?fresh=1'],
    ['GET', '/v2/sims/8944465400000267221/usage/'],
    ['GET', '/v2/sims/8944465400000267221/packages/usage'],
    ['GET', 'http://simulator/v2/sims/8944465400000267221/usage'],
    ['GET', '/V2/sims/8944465400000267221/usage'],
  ])('of %s %s is neither', (method, path) => {
    expect(routeOf(method, path)).toEqual(other);
  });

  it('decodes nothing: an escaped ICCID is another ICCID', () => {
    expect(routeOf('GET', '/v2/sims/%38944465400000267221/usage')).toEqual({
      kind: 'usage',
      iccid: '%38944465400000267221',
    });
  });

  it('exists for any method and path, and a usage route gives back its path', () => {
    const segment = fc.string({ unit: 'binary-ascii' });
    const path = fc.oneof(
      segment,
      segment.map((iccid) => `/v2/sims/${iccid}/usage`),
    );
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'PUT', ''), path, (method, anyPath) => {
        const { kind, iccid } = routeOf(method, anyPath);
        expect(kind === 'usage' ? `/v2/sims/${iccid}/usage` : iccid).toBe(kind === 'usage' ? anyPath : null);
      }),
    );
  });
});
