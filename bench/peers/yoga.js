import { createServer } from 'node:http';
import { createInMemoryCache, useResponseCache } from '@graphql-yoga/plugin-response-cache';
import { createSchema, createYoga } from 'graphql-yoga';
import { createReadings } from './readings.js';
import { queryResolvers, typeDefs } from './schema.js';

const { createLoader } = createReadings();
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { Query: queryResolvers } }),
  context: () => ({ loader: createLoader() }),
  graphiql: false,
  landingPage: false,
  plugins: [
    useResponseCache({
      session: () => null,
      ttl: 20 * 60_000,
      cache: createInMemoryCache({ max: 100_000 }),
    }),
  ],
});
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1');
