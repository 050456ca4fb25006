import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator, scenarioIccids } from 'esim-usage-gateway/simulator';

// With credentials of your own there is no simulator, no baseUrl and no quietStartMs.
const { url: baseUrl, clientId, clientSecret } = await createSimulator();
const usage = createEsimUsageModule({ baseUrl, clientId, clientSecret, quietStartMs: 0 });

const typeDefs = `
  type Query { trip(id: ID!): Trip }
  type Trip { id: ID! esim: Esim }
`;
const resolvers = {
  Query: {
    trip: (_root: unknown, { id }: { id: string }) => ({ id, esim: { iccid: scenarioIccids.dataPlan } }),
  },
};

const server = new ApolloServer({
  typeDefs: [usage.typeDefs, typeDefs],
  resolvers: [usage.resolvers, resolvers],
});
const { url } = await startStandaloneServer(server, {
  context: async () => usage.createContext(),
  listen: { port: Number(process.env.PORT ?? 4001) },
});
console.log(`Listening on ${url}`);
