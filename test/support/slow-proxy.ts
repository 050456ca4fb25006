import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands in front of a server of this machine, and lets all that is said take its time, each way. */
export interface SlowProxy {
  readonly port: number;
  /** Each piece takes as long as this says from now on, and comes after those that were sent before it. */
  delay(delayMs: () => number): void;
  /** Ends all connections, and connects to that port from now on. */
  turnTo(port: number): void;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Starts one in front of that port, which is as fast as it can at first. */
export async function startSlowProxy(port: number): Promise<SlowProxy> {
  let delayMs = (): number => 0;
  const sockets = new Set<Socket>();
  let target = port;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.once('close', () => sockets.delete(from));
      from.on('error', () => to.destroy());
      forward(from, to, () => delayMs());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  function endAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: address.port,
    delay(next) {
      delayMs = next;
    },
    turnTo(next) {
      target = next;
      endAll();
    },
    async close() {
      server.close();
      endAll();
      await once(server, 'close');
    },
  };
}

function forward(from: Socket, to: Socket, delayMs: () => number): void {
  const waiting: (() => void)[] = [];
  let lastDueMs = 0;
  const later = (task: () => void): void => {
    const nowMs = performance.now();
    lastDueMs = Math.max(lastDueMs, nowMs + delayMs());
    waiting.push(task);
    setTimeout(() => waiting.shift()?.(), lastDueMs - nowMs);
  };
  from.on('data', (chunk) => later(() => void to.write(chunk)));
  from.once('end', () => later(() => void to.end()));
}
