import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { readAnswers, type WireAnswer } from '../http-answers.js';
import type { Shot } from './requests.js';

/** What became of a shot. */
export interface Hit {
  readonly answers: readonly WireAnswer[];
  /** What came that is no whole answer. */
  readonly rest: string;
  /** Until the first answer began; null when there was none. */
  readonly tookMs: number | null;
}

/** Sends one thing after another, on the same connection for as long as it is kept open. */
export interface Shooter {
  shoot(shot: Pick<Shot, 'bytes' | 'isInOrder'>): Promise<Hit>;
  close(): void;
}

/** How long the server may think about a stream that may be without an end, before it is told that nothing more comes. */
const patienceMs = 30;
/** By then whatever was sent is answered or given up. */
const longestMs = 10_000;

/** Shoots at a port of this machine. */
export function createShooter(port: number): Shooter {
  let kept: Socket | null = null;

  async function open(): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    // Whatever the server does about it is seen by what it answers.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  return {
    async shoot({ bytes, isInOrder }) {
      const socket = (isInOrder && kept?.writable ? kept : null) ?? (await open());
      const hit = await answersOn(socket, bytes, isInOrder);
      const isKept = isInOrder && socket.writable && hit.answers.at(-1)?.headers.connection === 'keep-alive';
      if (isInOrder) kept = isKept ? socket : null;
      if (!isKept) socket.destroy();
      return hit;
    },
    close() {
      kept?.destroy();
    },
  };
}

function answersOn(socket: Socket, bytes: string, isInOrder: boolean): Promise<Hit> {
  return new Promise((resolve) => {
    const beganMs = performance.now();
    let received = '';
    let tookMs: number | null = null;
    const noMore = new AbortController();

    function take(chunk: Buffer): void {
      tookMs ??= performance.now() - beganMs;
      received += chunk.toString('latin1');
      if (isInOrder && readAnswers(received).answers.some(({ status }) => status >= 200)) finish();
    }
    function finish(): void {
      noMore.abort();
      socket.off('data', take).off('end', end).off('close', finish);
      resolve({ ...readAnswers(received), tookMs });
    }
    function end(): void {
      socket.destroy();
      finish();
    }
    async function after(ms: number, act: () => void): Promise<void> {
      const isTime = await setTimeout(ms, true, { signal: noMore.signal }).catch(() => false);
      if (isTime) act();
    }

    socket.on('data', take).once('end', end).once('close', finish);
    socket.write(bytes, 'latin1');
    void after(longestMs, end);
    if (!isInOrder) void after(patienceMs, () => socket.end());
  });
}
