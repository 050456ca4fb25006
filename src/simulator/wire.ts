import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Arrival } from './arrival.js';
import type { BrokenReply, Reply, TrickledReply, WholeReply } from './reply.js';

/** Puts replies on the wire: it knows bytes and sockets, not what an answer means. */
export interface Wire {
  /**
   * Sends a reply when its delay, counted from the arrival, is over, and notes the status in the arrival.
   * Does nothing when the client has gone by then. Settles when all that will be sent is written.
   */
  send(reply: Reply, arrival: Arrival, response: ServerResponse): Promise<void>;
  /** Drops all replies that are still waiting; their `send` never settles. */
  close(): void;
}

export interface WireOptions {
  /** Milliseconds from arrival to answer, for a reply that does not say. */
  latencyMs: number | (() => number);
}

/**
 * A client that finds bytes and a reset together, sees an orderly end. The pause lets it read the bytes first; when
 * client and simulator share a process that was busy for longer, the `setImmediate` after it does.
 */
const pauseBeforeResetMs = 10;

export function createWire(options: WireOptions): Wire {
  const { latencyMs } = options;
  const timers = new Set<NodeJS.Timeout>();

  function wait(waitMs: number): Promise<void> {
    if (waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, waitMs);
      timers.add(timer);
    });
  }

  async function trickle(reply: TrickledReply, response: ServerResponse): Promise<void> {
    sendHead(reply, response);
    for (const byte of Buffer.from(reply.body)) {
      await wait(reply.everyMs);
      if (response.req.socket.destroyed) return;
      response.write(Buffer.of(byte));
    }
    response.end();
  }

  async function breakOff(reply: BrokenReply, response: ServerResponse): Promise<void> {
    const { socket } = response.req;
    if (reply.after !== 'nothing') sendHead(reply, response);
    if (reply.after === 'half') {
      const body = Buffer.from(reply.body);
      response.write(body.subarray(0, Math.floor(body.length / 2)));
    }
    if (reply.end === 'close') socket.destroySoon();
    if (reply.end === 'reset') {
      await wait(pauseBeforeResetMs);
      await setImmediate();
      socket.resetAndDestroy();
    }
  }

  return {
    async send(reply, arrival, response) {
      const { socket } = response.req;
      if (socket.destroyed) return;
      const delayMs = reply.delayMs ?? (typeof latencyMs === 'function' ? latencyMs() : latencyMs);
      await wait(arrival.atMs + delayMs - performance.now());
      if (socket.destroyed) return;

      arrival.status = hasHead(reply) ? reply.status : null;
      switch (reply.kind) {
        case 'whole':
          writeHead(reply, response);
          response.end(reply.body);
          return;
        case 'trickled':
          return trickle(reply, response);
        case 'broken':
          return breakOff(reply, response);
        case 'raw':
          socket.write(reply.bytes);
          socket.destroySoon();
      }
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function hasHead(reply: Reply): reply is Exclude<Reply, { kind: 'raw' }> {
  return reply.kind !== 'raw' && !(reply.kind === 'broken' && reply.after === 'nothing');
}

function writeHead(reply: Omit<WholeReply, 'kind'>, response: ServerResponse): void {
  response.setHeader('content-length', Buffer.byteLength(reply.body));
  response.writeHead(reply.status, { ...reply.headers });
}

function sendHead(reply: Omit<WholeReply, 'kind'>, response: ServerResponse): void {
  writeHead(reply, response);
  response.flushHeaders();
}
