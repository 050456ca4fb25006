import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Sends bytes as they are to a server of this machine. Resolves with all that came back, once the server has closed the connection. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(bytes, 'latin1');
  return new Promise((resolve) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    // A server that closes before it has read everything resets the connection.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
}
