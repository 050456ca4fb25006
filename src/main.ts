#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { createSystemClock } from './clock.js';
import { ConfigError, readConfig, readSchemaConfig } from './config.js';
import { createHealth } from './health.js';
import { createLog } from './log.js';
import { createEsimUsageModule } from './module.js';
import { printSchemaUsage, schemaVariablesOf } from './print-schema.js';
import { createSchema } from './schema/schema.js';
import { startServer } from './server.js';
import { welcome } from './welcome.js';

/** The configuration's is `EX_CONFIG` of sysexits.h. */
const exitCodes = { failure: 1, usage: 64, configuration: 78 };
/** The longest that answering what is under way may take after a signal. */
const drainMs = 10_000;

const usage = `esim-usage-gateway [--simulator]
esim-usage-gateway print-schema [flags]

Serves GraphQL over the Airalo Partner API. Configured by the environment: AIRALO_CLIENT_ID and AIRALO_CLIENT_SECRET
(or each with _FILE), AIRALO_BASE_URL, AIRALO_SANDBOX, HOST, PORT and more.

  --simulator  serve a simulator of the Airalo Partner API instead; needs no credentials and no network
  print-schema prints the SDL of the subgraph to publish; --help after it says more

  --version    print the version
  --help       print this
`;

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError) {
    exit(
      exitCodes.configuration,
      `The environment cannot be used:\n${error.message.replace(/^/gm, '  ')}\n` +
        'To try this gateway without credentials, start it with --simulator.',
    );
  }
  exit(exitCodes.failure, error instanceof Error ? error.message : String(error));
}

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2);
  if (command === 'print-schema') return printSchema(args);
  const flags = readFlags();
  if (flags.help) process.stdout.write(usage);
  else if (flags.version) process.stdout.write(`${readVersion()}\n`);
  else await serve(flags);
}

function printSchema(args: readonly string[]): void {
  if (args.includes('--help')) process.stdout.write(printSchemaUsage);
  else {
    const variables = orUsage(() => schemaVariablesOf(args), printSchemaUsage);
    process.stdout.write(createSchema(readSchemaConfig({ ...process.env, ...variables })).typeDefs);
  }
}

async function serve(flags: { simulator: boolean }): Promise<void> {
  const config = readConfig(process.env, flags);
  // Loaded only where it is asked for, so that it can never stand in for the real upstream by mistake.
  const simulation = config.upstream === null ? await startSimulation() : null;
  const upstream = config.upstream ?? simulation?.upstream;
  if (upstream === undefined) throw new Error('neither an upstream nor a simulator');

  const clock = createSystemClock();
  const health = createHealth(clock);
  const log = createLog(config.logLevel);
  const module = createEsimUsageModule({
    sandbox: config.sandbox,
    cacheScope: config.cacheScope,
    schema: config.schema,
    ...upstream,
    ...config.figures,
    clock,
    report(event) {
      health.report(event);
      log(event);
    },
  });
  const server = await startServer({ ...config, module, health });
  process.stdout.write(
    simulation === null
      ? `Listening on ${server.url}\n`
      : welcome(server.url, simulation.iccids, config.schema),
  );

  closeWithGrace({ delay: drainMs, logger: false }, async ({ err }) => {
    if (err !== undefined) process.stderr.write(`fatal: ${err.message}\n`);
    await server.close();
    await module.close();
    await simulation?.close();
  });
}

async function startSimulation() {
  const { createSimulator, scenarioIccids } = await import('./simulator/index.js');
  const { url, clientId, clientSecret, close } = await createSimulator();
  // Mock numbers, repeated for as long as the real upstream would; and nobody has asked this simulator before.
  const mock = { sandbox: true, upstreamCacheMs: 20 * 60_000, quietStartMs: 0 };
  return { upstream: { baseUrl: url, clientId, clientSecret, ...mock }, iccids: scenarioIccids, close };
}

function readFlags(): { simulator: boolean; version: boolean; help: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  return orUsage(() => parseArgs({ options: { simulator: flag, version: flag, help: flag } }).values, usage);
}

/** What the arguments mean. If they mean nothing, says how they are used, and ends. */
function orUsage<T>(read: () => T, usageText: string): T {
  try {
    return read();
  } catch (error) {
    return exit(exitCodes.usage, `${error instanceof Error ? error.message : String(error)}\n\n${usageText}`);
  }
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

/** Says what went wrong, and ends. */
function exit(code: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
