import { redisUrlFault } from '../fleet/redis-url.js';
import { hasSecret, readSecret } from './secrets.js';

const variable = 'REDIS_URL';

/** All variables of this file. */
export const redisVariables = [variable, `${variable}_FILE`];

/** Where the processes of the company meet. Null when this one is alone. Adds a line for each fault, without its value. */
export function readRedisUrl(given: Record<string, string>, faults: string[]): string | null {
  if (!hasSecret(given, variable)) return null;
  const url = readSecret(given, variable, faults);
  const fault = url === '' ? null : redisUrlFault(url);
  if (fault !== null) faults.push(`${variable}: ${fault}`);
  return url;
}
