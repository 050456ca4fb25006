import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/metrics/metrics.js';
import { type MetricsServer, startMetricsServer } from '../../src/metrics/metrics-server.js';
import { sendBytes } from '../support/raw-connection.js';

async function start(register = createMetrics().register, host = '127.0.0.1'): Promise<MetricsServer> {
  const server = await startMetricsServer({ register, host, port: 0 });
  onTestFinished(server.close);
  return server;
}

describe('the server of metrics', () => {
  it('answers a scrape', async () => {
    const { url } = await start();
    const response = await fetch(url);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toContain(
      '# TYPE esim_usage_requests_total counter\nesim_usage_requests_total{outcome="ok",status="1xx"} 0\n',
    );
    expect((await fetch(`${url}?job=a`)).status).toBe(200);
  });

  it.each(['/', '/metrics/', '/metricsx', '/graphql', '/health/live', '//', '/%'])(
    'has nothing else: %s',
    async (path) => {
      const { url } = await start();
      const response = await fetch(url.replace('/metrics', path));
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('');
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('is read by GET only, not by %s', async (method) => {
    const { url } = await start();
    const response = await fetch(url, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  it('says nothing of a fault but that there was one', async () => {
    const register = new Registry();
    register.metrics = () => Promise.reject(new Error('secret detail'));
    const { url } = await start(register);
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
  });

  it('names an address of IPv6 as one', async () => {
    const { url } = await start(undefined, '::1');
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    expect((await fetch(url)).status).toBe(200);
  });

  it('waits for no scraper when it is closed', async () => {
    const server = await startMetricsServer({ register: new Registry(), host: '127.0.0.1', port: 0 });
    const scraper = sendBytes(server, 'GET /metr');
    await fetch(server.url);
    await server.close();
    await scraper.end;
    await expect(fetch(server.url)).rejects.toThrow();
  });
});
