import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { gql } from 'graphql-tag';
import { createReadings } from './readings.js';
import { subgraphTypeDefs } from './schema.js';

const { createLoader } = createReadings();
const resolvers = {
  Esim: {
    __resolveReference: ({ iccid }) => ({ iccid }),
    usage: ({ iccid }, _arguments, { loader }) => loader.load(iccid),
  },
};
await startStandaloneServer(
  new ApolloServer({ schema: buildSubgraphSchema({ typeDefs: gql(subgraphTypeDefs), resolvers }) }),
  {
    listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
    context: async () => ({ loader: createLoader() }),
  },
);
