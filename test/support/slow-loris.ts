import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/**
 * A process of its own that holds as many connections to a port as it can: `PORT CONNECTIONS SECONDS`. Each says nothing, or a byte of a request at a
 * time, never all of it; when it is closed, another is opened. Sends how long each was left open, with how it ended.
 */
const [port, connections, seconds] = process.argv.slice(2).map(Number);
if (port === undefined || connections === undefined || seconds === undefined)
  throw new Error('expected PORT CONNECTIONS SECONDS');
const untilMs = performance.now() + seconds * 1_000;
const byteEveryMs = 400;

const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const body = JSON.stringify({ query: '{ __typename }', padding: ' '.repeat(1_000) });
const kinds = [
  { kind: 'idle', atOnce: '', bytes: '' },
  { kind: 'headers', atOnce: '', bytes: `${head}X-Padding: ${'x'.repeat(1_000)}` },
  { kind: 'body', atOnce: `${head}Content-Length: ${body.length}\r\n\r\n`, bytes: body },
  {
    kind: 'chunks',
    atOnce: `${head}Transfer-Encoding: chunked\r\n\r\n`,
    bytes: `${body.length.toString(16)}\r\n${body}`,
  },
] as const;

/** What became of a connection. */
export interface SlowConnection {
  readonly kind: (typeof kinds)[number]['kind'];
  readonly openMs: number;
  /** The status that it was told; null when it was closed without a word. */
  readonly status: number | null;
}

function hold(port: number, { kind, atOnce, bytes }: (typeof kinds)[number]): Promise<SlowConnection> {
  return new Promise((resolve) => {
    const beganMs = performance.now();
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let at = 0;
    const dribble = setInterval(() => {
      if (socket.writable) socket.write(bytes.charAt(at++));
    }, byteEveryMs);
    socket
      .on('connect', () => socket.write(atOnce))
      .on('data', (chunk) => {
        received += chunk.toString('latin1');
      })
      .on('error', () => undefined)
      .on('close', () => {
        clearInterval(dribble);
        const status = /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
        resolve({
          kind,
          openMs: performance.now() - beganMs,
          status: status === undefined ? null : Number(status),
        });
      });
  });
}

const held: SlowConnection[] = [];
async function keepHolding(port: number, number: number): Promise<void> {
  // Not all in the same moment.
  await setTimeout((number % 50) * 20);
  for (let each = number; performance.now() < untilMs; each += 1)
    for (const kind of kinds.slice(each % kinds.length, (each % kinds.length) + 1))
      held.push(await hold(port, kind));
}

await Promise.all(Array.from({ length: connections }, (_, number) => keepHolding(port, number)));
// What is still on its way is lost with the channel, and a message as long as this one takes a while.
process.send?.(held, () => process.disconnect());
