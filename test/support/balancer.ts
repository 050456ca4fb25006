import { setTimeout } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** Shares requests out among gateways, as a load balancer does that is told of them and then goes by their readiness. */
export interface Balancer {
  /** Where GraphQL is answered. It gets requests from when it is ready until it is not. */
  add(url: string): void;
  /** Settles when that one is ready. */
  ready(url: string): Promise<void>;
  /** Forgets it. */
  remove(url: string): void;
  /** Sends a body to the next that is ready, once, on a connection that is kept. Rejects when nobody answers it. */
  send(body: string): Promise<{ status: number; text: string }>;
  close(): Promise<void>;
}

const json = { 'content-type': 'application/json' };

/** Asks each after its readiness again after so many milliseconds. */
export function createBalancer({ pollMs }: { readonly pollMs: number }): Balancer {
  const known = new Set<string>();
  const ready = new Set<string>();
  const dispatcher = new Agent();
  let sent = 0;

  async function isReady(url: string): Promise<boolean> {
    const path = new URL('/health/ready', url);
    try {
      const { statusCode, body } = await request(path, { dispatcher });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  async function watch(url: string): Promise<void> {
    while (known.has(url)) {
      if (await isReady(url)) ready.add(url);
      else ready.delete(url);
      await setTimeout(pollMs);
    }
    ready.delete(url);
  }

  return {
    add(url) {
      known.add(url);
      void watch(url);
    },
    async ready(url) {
      while (!ready.has(url)) await setTimeout(pollMs);
    },
    remove(url) {
      known.delete(url);
    },
    async send(payload) {
      const urls = [...ready];
      const url = urls[sent++ % urls.length];
      if (url === undefined) throw new Error('none is ready');
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: json,
        body: payload,
        dispatcher,
      });
      return { status: statusCode, text: await body.text() };
    },
    close: () => dispatcher.destroy(),
  };
}
