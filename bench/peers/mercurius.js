import Fastify from 'fastify';
import mercurius from 'mercurius';
import cache from 'mercurius-cache';
import { createReadings } from './readings.js';
import { queryResolvers, typeDefs } from './schema.js';

const { createLoader } = createReadings();
const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: { Query: queryResolvers },
  context: () => ({ loader: createLoader() }),
  jit: 1,
});
if (process.argv[2] === 'cache')
  app.register(cache, {
    ttl: 20 * 60,
    storage: { type: 'memory', options: { size: 100_000 } },
    policy: { Query: { esimUsage: true, esimUsages: true } },
  });
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
