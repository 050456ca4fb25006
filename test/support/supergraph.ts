import { composeServices as composeWithApollo } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import httpTransport from '@graphql-mesh/transport-http';
import { composeServices as composeWithGuild } from '@theguild/federation-composition';
import { type DocumentNode, parse } from 'graphql';
import { onTestFinished } from 'vitest';
import { type OrdersSubgraph, ordersTypeDefs, startOrders } from '../../examples/orders.js';
import { type StartedGateway, type StartOptions, startGateway } from './start-gateway.js';

/** A subgraph as composition takes it. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** What an engine makes of subgraphs. */
export interface Composed {
  readonly supergraphSdl: string | undefined;
  readonly errors: readonly string[];
  /** The codes of what the engine finds remarkable. */
  readonly hints: readonly string[];
}

/** The composition engines. */
export const compositions = {
  '@apollo/composition'(subgraphs: readonly Subgraph[]): Composed {
    const { supergraphSdl, errors = [], hints = [] } = composeWithApollo([...subgraphs]);
    return {
      supergraphSdl,
      errors: errors.map(({ message }) => message),
      hints: hints.map(({ definition, message }) => `${definition.code}: ${message}`),
    };
  },
  '@theguild/federation-composition'(subgraphs: readonly Subgraph[]): Composed {
    const { supergraphSdl, errors = [] } = composeWithGuild([...subgraphs]);
    return { supergraphSdl, errors: errors.map(({ message }) => message), hints: [] };
  },
} as const;

/** What a gateway answers. */
export interface GatewayAnswer {
  readonly data: unknown;
  /** How many errors there were. Their wording is each gateway's own. */
  readonly errors: number;
}

/** A gateway in front of subgraphs. */
export type AskGateway = (query: string) => Promise<GatewayAnswer>;

/** The gateways, by what runs in them. Each is stopped when the test is over. */
export const gateways: Readonly<Record<string, (supergraphSdl: string) => Promise<AskGateway>>> = {
  async '@apollo/gateway'(supergraphSdl) {
    const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl }) });
    await server.start();
    onTestFinished(() => server.stop());
    return async (query) => {
      const { body } = await server.executeOperation({ query });
      if (body.kind !== 'single') throw new TypeError('expected a single result');
      const { data, errors = [] } = JSON.parse(JSON.stringify(body.singleResult));
      return { data, errors: errors.length };
    };
  },
  'Hive Gateway': (supergraphSdl) => startHive({ supergraph: supergraphSdl }),
  'Hive Gateway on the Hive Router planner': (supergraphSdl) =>
    startHive({ supergraph: supergraphSdl, unifiedGraphHandler }),
};

async function startHive(options: Parameters<typeof createGatewayRuntime>[0]): Promise<AskGateway> {
  const runtime = createGatewayRuntime({ logging: false, transports: { http: httpTransport }, ...options });
  onTestFinished(async () => {
    await runtime.dispose();
  });
  return async (query) => {
    const response = await runtime.fetch('http://gateway.invalid/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data, errors = [] } = Object(await response.json());
    return { data, errors: errors.length };
  };
}

/** The usage subgraph, another team's that owns `Esim`, and what they make together. */
export interface StartedSupergraph {
  readonly usage: StartedGateway;
  readonly orders: OrdersSubgraph;
  readonly supergraphSdl: string;
}

/** Starts both subgraphs; the orders are lists of ICCIDs. */
export async function startSupergraph(
  orders: Readonly<Record<string, readonly string[]>>,
  options: StartOptions = {},
): Promise<StartedSupergraph> {
  const usage = await startGateway({
    ...options,
    module: { ...options.module, schema: { federation: true, ...options.module?.schema } },
  });
  const ordersSubgraph = await startOrders(orders);
  onTestFinished(() => ordersSubgraph.close());
  const { supergraphSdl, errors } = compositions['@apollo/composition']([
    { name: 'usage', url: usage.url, typeDefs: parse(usage.module.typeDefs) },
    { name: 'orders', url: ordersSubgraph.url, typeDefs: ordersTypeDefs },
  ]);
  if (supergraphSdl === undefined) throw new Error(errors.join('\n'));
  return { usage, orders: ordersSubgraph, supergraphSdl };
}
