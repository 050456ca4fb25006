import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createReadings } from './readings.js';
import { queryResolvers, typeDefs } from './schema.js';

const { createLoader } = createReadings();
await startStandaloneServer(new ApolloServer({ typeDefs, resolvers: { Query: queryResolvers } }), {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
  context: async () => ({ loader: createLoader() }),
});
