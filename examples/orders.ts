import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

/** Another team's subgraph, as it was before there was one for usage: it knows which eSIMs are in an order, and owns `Esim`. */
export const ordersTypeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    order(id: ID!): Order
  }

  type Order {
    id: ID!
    esims: [Esim!]!
  }

  type Esim @key(fields: "iccid") {
    iccid: ID!
    label: String!
  }
`);

/** A listening subgraph. */
export interface OrdersSubgraph {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves orders, each a list of ICCIDs. */
export async function startOrders(
  orders: Readonly<Record<string, readonly string[]>>,
  port = 0,
): Promise<OrdersSubgraph> {
  const esimOf = ({ iccid }: { iccid: string }) => ({ iccid, label: `eSIM ending in ${iccid.slice(-4)}` });
  const resolvers = {
    Query: {
      order: (_root: unknown, { id }: { id: string }) => {
        const iccids = orders[id];
        return iccids === undefined ? null : { id, esims: iccids.map((iccid) => esimOf({ iccid })) };
      },
    },
    Esim: { __resolveReference: esimOf },
  };
  const server = new ApolloServer({
    schema: buildSubgraphSchema({ typeDefs: ordersTypeDefs, resolvers }),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port } });
  return { url, close: () => server.stop() };
}
