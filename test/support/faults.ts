import type { Exchange, Reply } from 'esim-usage-gateway/simulator';
import type { Delivery, UpstreamFault } from '../../src/errors.js';

/** One way in which the simulator can fail to give a whole answer, and what that is to the gateway. */
export interface Fault {
  readonly name: string;
  bend(exchange: Exchange): Reply;
  readonly fault: UpstreamFault;
  readonly delivery: Delivery;
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** Answers that cannot be read to their end, whatever they would say. Those that quote the simulator's own answer do so in full. */
export const faults: readonly Fault[] = [
  broken('a reset before the headers', 'nothing', 'reset', 'unanswered'),
  broken('an end before the headers', 'nothing', 'close', 'unanswered'),
  broken('a reset after the headers', 'head', 'reset', 'answered'),
  broken('an end after the headers', 'head', 'close', 'answered'),
  broken('a reset within the body', 'half', 'reset', 'answered'),
  broken('a body that is cut short', 'half', 'close', 'answered'),
  raw(
    'a chunked body that is cut short',
    'unanswered',
    'answered',
    ({ reply }) => `${head}Transfer-Encoding: chunked\r\n\r\nffff\r\n${reply.body}`,
  ),
  raw(
    'a chunked body that is cut short on a last connection',
    'unanswered',
    'answered',
    ({ reply }) => `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nffff\r\n${reply.body}`,
  ),
  raw(
    'a chunked body that is not chunked',
    'protocol',
    'answered',
    ({ reply }) => `${head}Transfer-Encoding: chunked\r\n\r\n${reply.body}`,
  ),
  raw('what is not HTTP', 'protocol', 'unanswered', () => 'SSH-2.0-server\r\n'),
  raw('what is not even text', 'protocol', 'unanswered', () => '\x16\x03\x01\x02\x00'),
  raw('a header that is none', 'protocol', 'unanswered', () => `${head}no header\r\n\r\n`),
  raw(
    'headers above 16 KB',
    'protocol',
    'unanswered',
    () => `${head}X-Padding: ${'x'.repeat(17 * 1024)}\r\nContent-Length: 0\r\n\r\n`,
  ),
  raw(
    'many headers above 16 KB',
    'protocol',
    'unanswered',
    () => `${head}${'X-Padding: xxxxxxxxxxxxxxxxxxxx\r\n'.repeat(1_000)}Content-Length: 0\r\n\r\n`,
  ),
  raw(
    'another protocol',
    'unanswered',
    'unanswered',
    () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n',
  ),
  {
    name: 'a body above 64 KB',
    fault: 'garbled',
    delivery: 'answered',
    bend: ({ reply }) => ({ ...reply, body: `${reply.body}${' '.repeat(64 * 1024)}` }),
  },
  {
    name: 'a compressed body',
    fault: 'garbled',
    delivery: 'answered',
    bend: ({ reply }) => ({ ...reply, headers: { ...reply.headers, 'Content-Encoding': 'gzip' } }),
  },
];

function broken(
  name: string,
  after: 'nothing' | 'head' | 'half',
  end: 'reset' | 'close',
  delivery: Delivery,
): Fault {
  return {
    name,
    fault: 'unanswered',
    delivery,
    bend: ({ reply }) => ({ ...reply, kind: 'broken', after, end }),
  };
}

function raw(
  name: string,
  fault: UpstreamFault,
  delivery: Delivery,
  bytes: (exchange: Exchange) => string,
): Fault {
  return { name, fault, delivery, bend: (exchange) => ({ kind: 'raw', bytes: bytes(exchange) }) };
}
