import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allMetrics } from './support/all-metrics.js';
import { shownMetrics } from './support/metric-series.js';

const guide = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

describe('the guide for operations', () => {
  it('lists every metric with its type, its labels and what it says', async () => {
    const listed = [...guide.matchAll(/^\| `(esim_usage_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$/gm)].map(
      ([, name, type, labels = '', help]) => ({ name, type, labels, help }),
    );
    const shown = await shownMetrics(allMetrics().register);
    expect(listed).toEqual(
      shown.map(({ name, type, labels, help }) => ({
        name,
        type,
        labels: Object.keys(labels)
          .map((label) => `\`${label}\``)
          .join(', '),
        help,
      })),
    );
  });

  it('shows the example of metrics in a server of one’s own as it stands, and that answers a scrape', async () => {
    const example = readFileSync(new URL('../examples/metrics.ts', import.meta.url), 'utf8');
    expect(/^```ts\n(.*?)^```$/ms.exec(guide)?.[1]).toBe(example);

    const server = spawn(process.execPath, ['--import', 'tsx', 'examples/metrics.ts'], {
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, PORT: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      server.kill();
    });
    const [printed] = await once(server.stdout.setEncoding('utf8'), 'data');
    const port = /port: (\d+)/.exec(String(printed))?.[1];
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await response.text()).toContain('\nesim_usage_slots 5\n');
  }, 30_000);
});
