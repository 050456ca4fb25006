import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator, scenarioIccids } from 'esim-usage-gateway/simulator';
import { parse } from 'graphql';
import { ordersTypeDefs, startOrders } from './orders.js';

// The usage subgraph. On your account: ESIM_SCHEMA_FEDERATION=true npx esim-usage-gateway
const { url: baseUrl, clientId, clientSecret } = await createSimulator();
const schema = { federation: true };
const module = createEsimUsageModule({ baseUrl, clientId, clientSecret, schema, quietStartMs: 0 });
const usage = await startStandaloneServer(
  new ApolloServer({ schema: module.schema, plugins: [ApolloServerPluginInlineTraceDisabled()] }),
  {
    context: async () => module.createContext(),
    listen: { host: '127.0.0.1', port: 0 },
  },
);

// A subgraph that was there before.
const { dataPlan, unlimited, recycled, notFound } = scenarioIccids;
const orders = await startOrders({ '7': [dataPlan, unlimited, recycled, notFound] });

// What a schema registry does.
const { supergraphSdl, errors = [] } = composeServices([
  { name: 'usage', url: usage.url, typeDefs: parse(module.typeDefs) },
  { name: 'orders', url: orders.url, typeDefs: ordersTypeDefs },
]);
if (supergraphSdl === undefined) throw new AggregateError(errors, 'the subgraphs do not compose');

const gateway = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl }) });
const { url } = await startStandaloneServer(gateway, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT ?? 4002) },
});

const query = `{
  order(id: "7") {
    esims {
      label
      usage {
        ... on EsimUsage { status isUnlimited data { unit total remaining } freshness { staleReason } }
        ... on EsimUsageProblem { code retryAfterSeconds }
      }
    }
  }
}`;
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});
console.log(`The supergraph listens on ${url}

Who is in an order is known to the orders subgraph, what is left of each to the usage subgraph:
curl ${url} -H 'content-type: application/json' -d '${JSON.stringify({ query: query.replace(/\s+/g, ' ') })}'

${JSON.stringify(await answer.json(), null, 2)}`);
