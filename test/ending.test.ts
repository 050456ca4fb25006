import { describe, expect, it } from 'vitest';
import { getBytes, sendBytes } from './support/raw-connection.js';
import { startGateway } from './support/start-gateway.js';

describe('a server that ends', () => {
  it('I12 still answers who had connected before, and never with a 503', async () => {
    const { url, stop, send } = await startGateway();
    const early = sendBytes({ url }, 'GET /health/live HTTP/1.1\r\n');
    // What came before this has come.
    await send('/health/live');
    const stopped = stop();
    const late = sendBytes({ url }, getBytes('/health/live'));
    expect(await late.end).toBe('reset');
    early.send('Host: x\r\n\r\n');
    await early.end;
    await stopped;
    const [answer = ''] = early.chunks;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});
