export type { Fleet, FleetSettings, JoinFleet, NewToken } from './fleet.js';
export { redisFleet } from './redis-fleet.js';
