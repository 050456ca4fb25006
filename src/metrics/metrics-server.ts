import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Registry } from 'prom-client';

export interface MetricsServerOptions {
  readonly register: Pick<Registry, 'metrics' | 'contentType'>;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A listening server. */
export interface MetricsServer {
  /** Where the metrics are. */
  readonly url: string;
  /** Stops listening and ends every connection: a scrape that is lost then would have been the last. */
  close(): Promise<void>;
}

const path = '/metrics';
/** The longest that a scraper may take to send a request. */
const requestTimeoutMs = 5_000;

/** Serves metrics at `/metrics` and nothing else. Rejects when the address cannot be listened on. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { register, host, port } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-content-type-options', 'nosniff');
    if (request.url?.split('?')[0] !== path) response.writeHead(404).end();
    else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
    else {
      const text = await register.metrics();
      response.writeHead(200, { 'content-type': register.contentType }).end(text);
    }
  }

  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 250,
    },
    (request, response) => {
      answer(request, response).catch(() => response.writeHead(500).end());
    },
  );
  server.listen(port, host);
  await once(server, 'listening');

  return {
    // A server on a port has an address that says which.
    url: urlOf(host, Object.assign({ port }, server.address()).port),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}${path}`;
}
