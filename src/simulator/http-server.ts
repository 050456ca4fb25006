import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Arrival, ArrivalLog } from './arrival.js';
import { otherRoute, routeOf } from './route.js';

export interface HttpServerOptions {
  /** Where everything that arrives is recorded, HTTP or not. */
  log: ArrivalLog;
  /** Answers one well-formed request. Must not reject. */
  serve(arrival: Arrival, request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A server that records each arrival before anything else is done about it. It does not listen yet. */
export function createHttpServer(options: HttpServerOptions): Server {
  const { log, serve } = options;
  const record = ({ method = '', url: path = '', headers }: IncomingMessage) =>
    log.record({ method, path, headers }, routeOf(method, path));
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    serve(record(request), request, response);

  // A connection kept for a minute is not closed under a client that is about to use it again,
  // and without Node's own check of the Host header a request that lacks one is recorded as well.
  const server = createServer({ keepAliveTimeout: 60_000, requireHostHeader: false }, onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connect', (request, socket) => {
    record(request);
    socket.destroy();
  });
  server.on('clientError', (error, socket) => {
    const line = malformedRequestLine(error);
    if (line === null) {
      socket.destroy();
      return;
    }
    log.record({ ...line, headers: {} }, otherRoute).status = 400;
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}

/** The request line as far as it can be told; null when nothing was malformed, only a connection broken or unused. */
function malformedRequestLine(error: Error): { method: string; path: string } | null {
  if (!('rawPacket' in error && Buffer.isBuffer(error.rawPacket))) return null;
  const [line = ''] = error.rawPacket.toString('latin1').split('\r\n', 1);
  const [, method = '', path = ''] = /^([A-Z]+) (.*?)(?: HTTP\/\S*)?$/.exec(line) ?? [];
  return { method, path };
}
