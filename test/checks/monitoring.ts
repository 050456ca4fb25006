import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scenarioIccids } from 'esim-usage-gateway/simulator';
import { alerts, dashboardExpressions } from '../support/monitoring.js';
import { selectorsOf } from '../support/promql.js';
import { conclude } from '../support/real-gateway.js';

/**
 * Holds the dashboard and the alerts to Debian's Prometheus: `promtool` reads and tests the rules, and a server scrapes a started gateway
 * under a little traffic. Each expression must be understood, must find what it asks for, and no alert may fire.
 */
const folder = mkdtempSync(join(tmpdir(), 'esim-usage-monitoring-'));
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const monitoring = fileURLToPath(new URL('../../examples/monitoring', import.meta.url));
const children: ChildProcess[] = [];
/** Scrapes that a rate needs, and then some. */
const scrapes = 8;

if (spawnSync('prometheus', ['--version']).error === undefined) await check();
else console.log('Skipped: there is no prometheus here (apt-get install prometheus).');

async function check(): Promise<void> {
  try {
    promtool(['check', 'rules', 'alerts.yaml']);
    promtool(['test', 'rules', 'alerts.test.yaml']);
    const gateway = start(process.execPath, [main, '--simulator'], { PORT: '0', METRICS_PORT: '0' });
    const [url, metricsUrl] = await Promise.all([
      printed(gateway, /^GraphQL +(\S+)$/m),
      printed(gateway, /^Metrics +(\S+)$/m),
    ]);
    const prometheus = await startPrometheus(metricsUrl);
    await askUntil(url, async () => {
      const [scraped] = await query(prometheus, 'count_over_time(up[1m])');
      return Number(scraped?.value[1] ?? 0) >= scrapes;
    });
    promtool(['check', 'metrics'], await (await fetch(metricsUrl)).text());
    await judge(prometheus);
  } finally {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints what it says. Throws where it finds a fault. */
function promtool(args: readonly string[], input = ''): void {
  process.stdout.write(execFileSync('promtool', args, { cwd: monitoring, encoding: 'utf8', input }));
}

function start(command: string, args: readonly string[], environment: Record<string, string>): ChildProcess {
  const child = spawn(command, args, { env: { ...process.env, ...environment } });
  children.push(child);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill();
  await closed;
}

/** What stands in the brackets, once the process has written a line that matches. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const look = (chunk: unknown): void => {
      output += chunk;
      const found = pattern.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`ended without ${pattern}:\n${output}`)));
  });
}

/** Starts one that scrapes there. Its address. */
async function startPrometheus(metricsUrl: string): Promise<string> {
  const config = {
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: [join(monitoring, 'alerts.yaml')],
    scrape_configs: [
      { job_name: 'esim-usage-gateway', static_configs: [{ targets: [new URL(metricsUrl).host] }] },
    ],
  };
  const file = join(folder, 'prometheus.yaml');
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify(config));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
  ];
  const address = await printed(start('prometheus', args, {}), /msg="Listening on" address=(\S+)/);
  return `http://${address}`;
}

/** Asks the gateway this and that, some of it in vain, until that is enough. */
async function askUntil(url: string, isEnough: () => Promise<boolean>): Promise<void> {
  const iccids = Object.values(scenarioIccids);
  for (let nth = 0; !(await isEnough()); nth += 1) {
    const some = [iccids[nth % iccids.length], iccids[0], 'not an ICCID'];
    await ask(url, `{ esimUsages(iccids: ${JSON.stringify(some)}) { __typename } }`);
    await ask(url, '{ noSuchField }');
    await sleep(100);
  }
}

async function ask(url: string, text: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text }),
  });
  await response.text();
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [atSeconds: number, value: string];
}

/** The samples that an expression has now: none while Prometheus is starting. Throws what it has to say against it. */
async function query(prometheus: string, expr: string): Promise<Sample[]> {
  const response = await fetch(new URL('/api/v1/query', prometheus), {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
  });
  // It listens before it has read what it keeps.
  if (response.status === 503) return [];
  const answer: { data?: { result: Sample[] }; error?: string } = JSON.parse(await response.text());
  if (answer.data === undefined) throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result;
}

async function judge(prometheus: string): Promise<void> {
  const faults: string[] = [];
  const panels = dashboardExpressions();
  for (const { name, expr } of panels) {
    const found = await query(prometheus, expr.replaceAll('$__rate_interval', '5s'));
    if (found.length === 0) faults.push(`${name}: nothing is found by ${expr}`);
  }
  for (const { name, expr } of alerts()) {
    for (const { text } of selectorsOf(expr))
      if ((await query(prometheus, text)).length === 0) faults.push(`${name}: there is no ${text}`);
    if ((await query(prometheus, expr)).length > 0) faults.push(`${name} is true of a gateway that is well`);
  }
  for (const { metric } of await query(prometheus, 'ALERTS'))
    faults.push(`${metric.alertname} is pending or fires`);
  const [requests] = await query(prometheus, 'sum(esim_usage_requests_total)');
  conclude(
    [{ panelExpressions: panels.length, alerts: alerts().length, requests: Number(requests?.value[1]) }],
    faults,
  );
}
