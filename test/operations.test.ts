import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processVariables } from '../src/config/config.js';
import { variableOf } from '../src/config/figures.js';
import { metricsVariables } from '../src/config/metrics.js';
import { schemaVariableOf } from '../src/config/schema.js';
import { variables } from '../src/config/variables.js';
import { redisUrlFault } from '../src/fleet/redis-url.js';
import { EsimUsageProblemCode } from '../src/generated/enums.js';
import { errorCodes } from '../src/metrics/requests.js';
import { figureNames, figures } from '../src/options.js';
import { schemaSettingsOf } from '../src/schema/options.js';
import { errorReplies } from '../src/server/http-errors.js';
import { allMetrics } from './support/all-metrics.js';
import { shownMetrics } from './support/metric-series.js';

const guide = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

const defaults: Readonly<Record<string, unknown>> = {
  ...processVariables.parse({}),
  ...metricsVariables.parse({}),
  ...Object.fromEntries(figureNames.map((name) => [variableOf(name), figures[name].default])),
  ...Object.fromEntries(
    Object.entries(schemaSettingsOf()).map(([name, value]) => [schemaVariableOf(name), value]),
  ),
  AIRALO_BASE_URL: 'https://partners-api.airalo.com',
  JWT_CLOCK_TOLERANCE_SECONDS: 5,
  ROUTER_SECRET_HEADER: 'router-authorization',
  // With the simulator they are true.
  GRAPHQL_INTROSPECTION: false,
  GRAPHQL_EXPLORER: false,
};

/** The codes in the tables of a part of the guide, in their order. */
function codesIn(heading: string): string[] {
  const part = guide.slice(guide.indexOf(`\n## ${heading}\n`));
  return [...part.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => code);
}

describe('the guide for operations', () => {
  it('lists every variable, with its default', () => {
    const rows = [...guide.matchAll(/^\| `([A-Z][A-Z_]+)` \| (\S*) \| (.*) \|$/gm)].filter(([, name = '']) =>
      variables.includes(name),
    );
    const files = rows.flatMap(([, , , text = '']) => text.match(/\b[A-Z_]+_FILE\b/g) ?? []);
    const listed = rows.map(([, name = '']) => name);
    expect([...listed, ...files].sort()).toEqual([...variables].sort());
    expect(rows.map(([, name, said]) => [name, said])).toEqual(
      listed.map((name) => [name, String(defaults[name] ?? '') || '–']),
    );
  });

  it('says what each problem means, and each code of an error', () => {
    const problems: string[] = Object.values(EsimUsageProblemCode);
    const [ofProblems, ofErrors] = [
      codesIn('Problems').slice(0, problems.length),
      codesIn('Problems').slice(problems.length),
    ];
    expect(ofProblems).toEqual(problems);
    const http = Object.values(errorReplies).map(([, code]) => code);
    const known = new Set([...errorCodes, ...http, 'METHOD_NOT_ALLOWED']);
    expect([...ofErrors].sort()).toEqual([...known].sort());
  });

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

  it('lists the commands that a fleet’s user may run: those of its scripts, and what runs them', () => {
    const scripts = readFileSync(new URL('../src/fleet/scripts.ts', import.meta.url), 'utf8');
    const run = [...scripts.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) =>
      name.toLowerCase(),
    );
    const allowed = /^ACL SETUSER .*$/m.exec(guide)?.[0].match(/(?<=\+)\w+/g) ?? [];
    expect([...allowed].sort()).toEqual([...new Set(['eval', 'evalsha', 'info', ...run])].sort());
  });

  it('shows no address of a fleet’s server that cannot be used', () => {
    const shown = [...guide.matchAll(/\brediss?(?:\+\w+)?:\/\/[^\s`']+/g)].map(([url]) => url);
    expect(shown).not.toEqual([]);
    expect(shown.map((url) => [url, redisUrlFault(url)])).toEqual(shown.map((url) => [url, null]));
  });

  it('shows the example of a fleet in a server of one’s own as it stands', () => {
    const example = readFileSync(new URL('../examples/fleet.ts', import.meta.url), 'utf8');
    expect(guide).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`);
  });

  it('shows the example of who may see what as it stands, and that shows each customer their own', async () => {
    const example = readFileSync(new URL('../examples/authorize.ts', import.meta.url), 'utf8');
    expect(guide).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'examples/authorize.ts'],
      { cwd: new URL('..', import.meta.url) },
    );
    expect(stdout).toBe('ACTIVE NOT_FOUND\n');
  }, 30_000);

  it('shows the example of metrics in a server of one’s own as it stands, and that answers a scrape', async () => {
    const example = readFileSync(new URL('../examples/metrics.ts', import.meta.url), 'utf8');
    expect(guide).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`);

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
