#!/usr/bin/env node
import { parseArgs } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { check, checkArgumentsOf, checkUsage, inJson, inTable } from './check.js';
import { createSystemClock } from './clock.js';
import { type Config, ConfigError, readConfig, readSchemaConfig } from './config/config.js';
import { preferAnswers } from './engine.js';
import { createConfiguredModule, fleetOf, type Gateway, startGateway, type Upstream } from './gateway.js';
import { figures as ranges } from './options.js';
import { canAnswerDemo, createDemo } from './pages/demo.js';
import { createExplorer } from './pages/explorer.js';
import type { Page } from './pages/page.js';
import { readPages } from './pages/pages.js';
import { printSchemaUsage, schemaVariablesOf } from './print-schema.js';
import { createSchema } from './schema/schema.js';
import { version } from './version.js';
import { welcome } from './welcome.js';

/** The configuration's is `EX_CONFIG` of sysexits.h. */
const exitCodes = { failure: 1, usage: 64, configuration: 78 };
const usage = `esim-usage-gateway [--simulator]
esim-usage-gateway check [flags] ICCID…
esim-usage-gateway print-schema [flags]

Serves GraphQL over the Airalo Partner API. Configured by the environment: AIRALO_CLIENT_ID and AIRALO_CLIENT_SECRET
(or each with _FILE), AIRALO_BASE_URL, AIRALO_SANDBOX, HOST, PORT, METRICS_PORT and more. Several on the same account share
its limits by REDIS_URL.

  --simulator  serve a simulator of the Airalo Partner API instead; needs no credentials and no network

  check        prints how much is left of some eSIMs
  print-schema prints the SDL of the subgraph to publish
               --help after either says more

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
  // That nobody reads any more what it prints is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const [command, ...args] = process.argv.slice(2);
  if (command === 'print-schema') return printSchema(args);
  if (command === 'check') return runCheck(args);
  const flags = readFlags();
  if (flags.help) process.stdout.write(usage);
  else if (flags.version) process.stdout.write(`${version}\n`);
  else await serve(flags);
}

function printSchema(args: readonly string[]): void {
  if (args.includes('--help')) process.stdout.write(printSchemaUsage);
  else {
    const variables = orUsage(() => schemaVariablesOf(args), printSchemaUsage);
    process.stdout.write(createSchema(readSchemaConfig({ ...process.env, ...variables })).typeDefs);
  }
}

async function runCheck(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(checkUsage);
    return;
  }
  const { json, simulator, iccids: given } = orUsage(() => checkArgumentsOf(args), checkUsage);
  const config = readConfig(process.env, { simulator });
  const simulation = await startSimulationFor(config);
  const iccids = given.length > 0 ? given : Object.values(simulation?.iccids ?? {});
  const clock = createSystemClock();
  const figures = { deadlineMs: ranges.deadlineMs.most, ...config.figures };
  const module = createConfiguredModule({ ...config, figures }, upstreamOf(config, simulation), clock, {
    fleet: await fleetOf(config),
  });
  const isWatched = process.stderr.isTTY;
  const results = await check({
    module,
    iccids,
    clock,
    onProgress(answered) {
      if (isWatched) process.stderr.write(`\r${answered} of ${iccids.length}`);
    },
  });
  if (isWatched) process.stderr.write('\r\x1b[K');
  process.stdout.write(
    json
      ? `${JSON.stringify(inJson(results, clock.toDate), null, 2)}\n`
      : inTable(iccids, results, clock.toDate),
  );
  if (results.some(({ kind }) => kind === 'problem')) process.exitCode = exitCodes.failure;
  await module.close();
  await simulation?.close();
}

async function serve(flags: { simulator: boolean }): Promise<void> {
  preferAnswers();
  const config = readConfig(process.env, flags);
  const simulation = await startSimulationFor(config);
  const pages = pagesFor(config, simulation);
  const gateway = await startGateway({
    config,
    upstream: upstreamOf(config, simulation),
    pages,
    clock: createSystemClock(),
    stdout: process.stdout,
  });
  const { url, metricsUrl, log, endMs } = gateway;
  process.stdout.write(
    simulation === null
      ? listening(gateway)
      : welcome({ ...config, pages, url, metricsUrl, iccids: simulation.iccids }),
  );

  const onTimeout = (): void => log.fatal(new Error(`not everything has ended within ${endMs} ms`));
  closeWithGrace({ delay: endMs, logger: false, onSecondError: log.fatal, onTimeout }, async (cause) => {
    const hasFailed = 'err' in cause;
    if (hasFailed) log.fatal(cause.err);
    else log.ending(cause.signal ?? null);
    await gateway.end(hasFailed);
    await simulation?.close();
    // Whatever was thrown: it may have been nothing at all, which would pass for a success.
    if (hasFailed) throw cause.err;
  });
}

function listening({ url, metricsUrl }: Pick<Gateway, 'url' | 'metricsUrl'>): string {
  return `Listening on ${url}\n${metricsUrl === null ? '' : `Metrics at ${metricsUrl}\n`}`;
}

/** Read from disk only where they are served. */
function pagesFor({ auth, manifest, explorer, schema }: Config, simulation: Simulation | null): Page[] {
  const simulated = simulation && { scenarios: simulation.iccids, fleet: simulation.fleet };
  const isOpen = auth.kind === 'none' && manifest === null;
  return readPages([
    ...(explorer ? [createExplorer({ schema, simulated })] : []),
    ...(simulated && isOpen && canAnswerDemo(schema) ? [createDemo(simulated)] : []),
  ]);
}

type Simulation = Awaited<ReturnType<typeof startSimulation>>;

/** Loaded only where it is asked for, so that it can never stand in for the real upstream by mistake. */
async function startSimulationFor({ upstream }: Config): Promise<Simulation | null> {
  return upstream === null ? startSimulation() : null;
}

function upstreamOf(config: Config, simulation: Simulation | null): Upstream {
  const upstream = config.upstream ?? simulation?.upstream;
  if (upstream === undefined) throw new Error('neither an upstream nor a simulator');
  return upstream;
}

async function startSimulation() {
  const { createSimulator, fleetIccids, scenarioIccids } = await import('./simulator/index.js');
  const { url, clientId, clientSecret, close } = await createSimulator();
  // Mock numbers, repeated for as long as the real upstream would; and nobody has asked this simulator before.
  const mock = { sandbox: true, upstreamCacheMs: 20 * 60_000, quietStartMs: 0 };
  const upstream = { baseUrl: url, clientId, clientSecret, ...mock };
  // Twice as many as can be read within eight seconds.
  return { upstream, iccids: scenarioIccids, fleet: fleetIccids(80), close };
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

/** Says what went wrong, and ends. */
function exit(code: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
