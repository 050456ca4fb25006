import { figureNames } from '../options.js';
import { schemaOptionNames } from '../schema/options.js';
import { authVariables } from './auth.js';
import { processVariables, upstreamVariables } from './config.js';
import { variableOf } from './figures.js';
import { metricsVariables } from './metrics.js';
import { redisVariables } from './redis.js';
import { schemaVariableOf } from './schema.js';

/** Every variable of the environment that the process reads. */
export const variables: readonly string[] = [
  ...upstreamVariables,
  ...Object.keys(processVariables.shape),
  ...authVariables,
  ...redisVariables,
  ...Object.keys(metricsVariables.shape),
  ...figureNames.map(variableOf),
  ...schemaOptionNames.map(schemaVariableOf),
];
