import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { generate } from '@graphql-codegen/cli';

/**
 * Installs the packed package into a frontend project of its own, outside of this repository and from the registry, as strict about
 * engines as npm can be, because overrides of ours are not there. Compiles that project, runs its tests, one gateway of theirs
 * being the installed program, and imports every entry. The documentation quotes that project's files.
 */
const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'esim-usage-consumer-'));
const project = join(folder, 'project');
const installed = join(project, 'node_modules', 'esim-usage-gateway');
const beganMs = performance.now();

try {
  await check();
  console.log(`${seconds(beganMs)} in all`);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function check(): Promise<void> {
  cpSync(join(repository, 'test/consumer'), project, { recursive: true });
  const [packed = ''] = (
    await step('is packed', () => run('npm', ['pack', '--silent', '--pack-destination', folder], repository))
  )
    .trim()
    .split('\n')
    .slice(-1);
  await step('installs with engine-strict', () =>
    run('npm', ['install', '--engine-strict', '--no-audit', '--no-fund', join(folder, packed)], project),
  );
  await step('gives operations of their own their types, and Graphcache its schema', async () => {
    await generateOperations();
    return run(process.execPath, ['introspect.js'], project);
  });
  await step('compiles in strict mode: for a bundler, for Node.js, and without Node’s types', () =>
    Promise.all(
      ['tsconfig.json', 'tsconfig.node.json', 'tsconfig.browser.json'].map((config) =>
        run('npx', ['tsc', '--project', config], project),
      ),
    ),
  );
  await step('is shown by Apollo Client, by urql and by plain fetch', runTests);
  const entries = await step('has all its entries', () => run(process.execPath, ['entries.js'], project));
  console.log(`  ${entries.trim()}`);
  await step('has a client that loads nothing but itself', loadClientAlone);
}

/** One thing to prove: prints it with how long it took. Rejects when it is not so. */
async function step<Result>(what: string, prove: () => Promise<Result>): Promise<Result> {
  const stepBeganMs = performance.now();
  const result = await prove();
  console.log(`${seconds(stepBeganMs)} ${what}`);
  return result;
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(5)} s`;
}

/** What a command prints. Rejects with that when it fails. */
async function run(
  command: string,
  args: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = {
    cwd: directory,
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 150_000,
  };
  try {
    const { stdout } = await promisify(execFile)(command, args, options);
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
    throw error;
  }
}

/** By the tools of this repository, so that the project need not install them, too. */
async function generateOperations(): Promise<void> {
  const { default: config } = await import(pathToFileURL(join(project, 'codegen.ts')).href);
  const pluginLoader = (name: string): Promise<object> => import(name);
  await generate({ ...config, cwd: project, silent: true, pluginLoader });
}

async function runTests(): Promise<void> {
  const gateway = spawn('npx', ['esim-usage-gateway', '--simulator'], {
    cwd: project,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    // npx starts another process: both have to end.
    detached: true,
  });
  try {
    const environment = { GATEWAY_URL: await urlOf(gateway), NO_COLOR: '1' };
    const printed = await run('npx', ['vitest', 'run'], project, environment);
    console.log(/^ *Tests .*$/m.exec(printed)?.[0]);
  } finally {
    if (gateway.pid !== undefined) process.kill(-gateway.pid);
    await once(gateway, 'close');
  }
}

function urlOf(gateway: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    gateway.stdout?.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk;
      const url = /^GraphQL +(\S+)$/m.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    gateway.once('close', () => reject(new Error(`The gateway ended:\n${printed}`)));
  });
}

/** Runs it where no package is, and reads what its files ask for. */
async function loadClientAlone(): Promise<void> {
  const alone = join(folder, 'alone');
  mkdirSync(alone);
  writeFileSync(join(alone, 'package.json'), '{ "type": "module" }');
  for (const part of ['client', 'generated'])
    cpSync(join(installed, 'dist', part), join(alone, part), { recursive: true });
  const program = `import { describeUsage } from './client/index.js'; console.log(describeUsage(null, 'en-GB').heading);`;
  const printed = await run(process.execPath, ['--input-type=module', '--eval', program], alone);
  if (printed.trim() !== 'Not available') throw new Error(`It says: ${printed}`);

  const code = readdirSync(join(alone, 'client'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(alone, 'client', file), 'utf8'));
  const foreign = code.flatMap((text) =>
    [...text.matchAll(/\bfrom '(?!\.)([^']+)'/g)].map(([, name]) => name),
  );
  if (foreign.length > 0) throw new Error(`It loads ${foreign.join(', ')}`);
}
