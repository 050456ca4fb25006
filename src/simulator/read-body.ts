import type { IncomingMessage } from 'node:http';

const keptBytes = 64 * 1024;

/** The request's body as text, cut off after 64 KiB. Never rejects: a broken off body is what had arrived of it. */
export function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    if (bytes < keptBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return new Promise((resolve) => {
    request.once('close', () => resolve(Buffer.concat(chunks).toString('utf8', 0, keptBytes)));
  });
}
