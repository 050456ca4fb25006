import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP connection that shows what really came over it. */
export interface RawConnection {
  /** What each read brought so far, in order. */
  readonly chunks: readonly string[];
  isOpen(): boolean;
  /** Sends more, on the same connection. */
  send(bytes: string): void;
  /** Resets the connection from the client's side; settles when it is gone. */
  giveUp(): Promise<void>;
  /** Settles when the server has ended the connection, and says how. */
  readonly end: Promise<'close' | 'reset'>;
  /** Settles when all that was received until then ends in this text. */
  endsWith(text: string): Promise<void>;
}

/** Sends bytes to a server of this machine, HTTP or not, one character each. */
export function sendBytes({ url }: { readonly url: string }, bytes: string): RawConnection {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  const chunks: string[] = [];
  let isOpen = true;
  socket.on('data', (chunk) => chunks.push(chunk.toString('latin1')));
  const end = new Promise<'close' | 'reset'>((resolve) => {
    socket.once('end', () => resolve('close'));
    socket.once('error', () => resolve('reset'));
    socket.once('close', () => {
      isOpen = false;
    });
  });
  socket.write(bytes, 'latin1');

  return {
    chunks,
    end,
    isOpen: () => isOpen,
    send: (more) => socket.write(more, 'latin1'),
    async giveUp() {
      socket.resetAndDestroy();
      await once(socket, 'close');
    },
    async endsWith(text) {
      while (!chunks.join('').endsWith(text)) await once(socket, 'data');
    },
  };
}

/** All that comes back for bytes that are sent as they are, once the server has ended the connection. */
export async function answerTo(url: string, bytes: string): Promise<string> {
  const { end, chunks } = sendBytes({ url }, bytes);
  await end;
  return chunks.join('');
}

/** The bytes of a GET, which asks the simulator to close the connection after the answer. */
export function getBytes(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n`;
}
