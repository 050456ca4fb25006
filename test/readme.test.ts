import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createEsimUsageModule } from 'esim-usage-gateway';
import { createSimulator } from 'esim-usage-gateway/simulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openToAll } from '../src/auth/authentication.js';
import { createHealth } from '../src/health.js';
import { startServer } from '../src/server/server.js';
import { createManualClock } from './support/manual-clock.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The blocks of one language, in the order in which they stand. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text = '']) => text,
  );
}

describe('the README', () => {
  it('opens with the two commands that a newcomer needs', () => {
    const commands = blocks('sh')[0]
      ?.split('\n')
      .map((line) => line.split('#')[0]?.trim());
    expect(commands).toEqual(['npm ci && npm start', 'npm ci && npm test', '']);
  });

  it('shows the answer that its query gets', async () => {
    const noon = Date.UTC(2026, 0, 1, 12);
    const simulator = await createSimulator({ clock: () => noon, latencyMs: 0 });
    onTestFinished(simulator.close);
    const manual = createManualClock();
    const startedAtMs = manual.now();
    const clock = { ...manual, toDate: (atMs: number) => new Date(noon + atMs - startedAtMs) };
    const { url: baseUrl, clientId, clientSecret } = simulator;
    const module = createEsimUsageModule({
      baseUrl,
      clientId,
      clientSecret,
      clock,
      quietStartMs: 0,
    });
    const server = await startServer({
      module,
      authentication: openToAll,
      trusted: null,
      fastLane: null,
      health: createHealth(clock),
      host: '127.0.0.1',
      port: 0,
      introspection: false,
      pages: [],
      report: () => undefined,
    });
    onTestFinished(async () => {
      await server.close();
      await module.close();
    });

    const body = /-d '(.*)'$/m.exec(blocks('sh')[1] ?? '')?.[1];
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body ?? '',
    });

    expect(await answer.json()).toEqual(JSON.parse(blocks('json')[0] ?? ''));
  });

  it('shows the example of mounting the module as it stands in the examples', () => {
    expect(blocks('ts')[0]).toBe(readFileSync(new URL('../examples/mount.ts', import.meta.url), 'utf8'));
  });

  it('shows an example of mounting the module that answers beside its own types', async () => {
    const example = spawn(process.execPath, ['--import', 'tsx', 'examples/mount.ts'], {
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      example.kill();
    });
    const [printed] = await once(example.stdout.setEncoding('utf8'), 'data');
    const url = String(printed).replace('Listening on ', '').trim();

    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          '{ trip(id: "7") { id esim { iccid usage { ... on EsimUsage { status data { remaining } } } } } }',
      }),
    });

    const esim = { iccid: '8944465400000267221', usage: { status: 'ACTIVE', data: { remaining: 767 } } };
    expect(await answer.json()).toEqual({ data: { trip: { id: '7', esim } } });
  });
});
