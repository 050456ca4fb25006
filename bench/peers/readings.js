import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';

const ttlMs = 20 * 60_000;
const { SIMULATOR_URL, SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET } = process.env;

async function fetchToken() {
  const response = await fetch(`${SIMULATOR_URL}/v2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: SIMULATOR_CLIENT_ID,
      client_secret: SIMULATOR_CLIENT_SECRET,
      grant_type: 'client_credentials',
    }),
  });
  const { data } = await response.json();
  return data.access_token;
}

/**
 * A loader for each request over one cache for all, as one would write them who knows their documentations: what is at hand costs no
 * promise of the cache's, and who asks for what is being fetched waits for the same answer.
 */
export function createReadings() {
  let token;

  async function fetchReading(iccid) {
    token ??= fetchToken();
    const response = await fetch(`${SIMULATOR_URL}/v2/sims/${iccid}/usage`, {
      headers: { authorization: `Bearer ${await token}` },
    });
    if (!response.ok)
      return {
        __typename: 'EsimUsageProblem',
        code: 'UNAVAILABLE',
        message: 'No reading.',
        retryAfterSeconds: 1,
      };
    const { data } = await response.json();
    const fetchedAtMs = Date.now();
    return {
      __typename: 'EsimUsage',
      iccid,
      status: data.status,
      isUnlimited: data.is_unlimited,
      data: {
        unit: 'MEGABYTES',
        total: data.total,
        remaining: data.remaining,
        used: data.total - data.remaining,
      },
      expiresAt: `${data.expired_at.replace(' ', 'T')}.000Z`,
      freshness: {
        fetchedAt: new Date(fetchedAtMs).toISOString(),
        freshUntil: new Date(fetchedAtMs + ttlMs).toISOString(),
        staleReason: null,
      },
    };
  }

  const cache = new LRUCache({ max: 100_000, ttl: ttlMs, fetchMethod: fetchReading });
  const read = (iccid) => cache.get(iccid) ?? cache.fetch(iccid);
  return {
    createLoader: () => new DataLoader(async (iccids) => Promise.all(iccids.map(read))),
  };
}
