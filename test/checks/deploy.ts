import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  copyOf,
  environmentOf,
  lastOf,
  letThrough,
  type Stage,
  stagesOf,
  wordsOf,
} from '../support/dockerfile.js';
import { conclude } from '../support/real-gateway.js';

/**
 * Carries out the steps of the example's Dockerfile in folders of this machine, and runs what comes of it as another user, on a
 * file system that cannot be written to where this machine allows that: its health check must fail, pass while it runs, and it must
 * end with 0. Then has systemd's own tools look at the unit.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = join(root, 'examples/deploy');
const nobody = 65_534;
/** What systemd-analyze makes of a service that may do little: 0 is nothing at all, 10 is everything. */
const mostExposed = 2;

const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o755);
const faults: string[] = [];

/** Only what the image may be built from. */
function createContext(): string {
  const context = join(folder, 'context');
  for (const path of letThrough(readFileSync(join(examples, 'Dockerfile.dockerignore'), 'utf8')))
    cpSync(join(root, path), join(context, path), { recursive: true });
  return context;
}

/** Carries out a stage in a folder that stands for its root, with those before it by their names. */
function build(stage: Stage, built: ReadonlyMap<string | null, string>): string {
  const stageRoot = mkdtempSync(join(folder, 'stage-'));
  chmodSync(stageRoot, 0o755);
  let workdir = stageRoot;
  for (const { name, rest } of stage.instructions) {
    if (name === 'WORKDIR') {
      workdir = join(stageRoot, rest);
      mkdirSync(workdir, { recursive: true });
    }
    if (name === 'COPY') copy(rest, workdir, built);
    if (name === 'RUN') {
      const { status } = spawnSync('sh', ['-c', rest], {
        cwd: workdir,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      if (status !== 0) throw new Error(`RUN ${rest} ended with ${status}`);
    }
  }
  return stageRoot;
}

function copy(rest: string, workdir: string, built: ReadonlyMap<string | null, string>): void {
  const { from, sources, target } = copyOf(rest);
  for (const source of sources) {
    const isFolder = target.endsWith('/');
    cpSync(join(built.get(from) ?? '', source), join(workdir, target, isFolder ? basename(source) : ''), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const isRoot = process.getuid?.() === 0;
const canRemount =
  isRoot && spawnSync('unshare', ['--mount', 'mount', '-o', 'remount,bind,ro', '/']).status === 0;

/** A command as the image runs it. */
function start(words: readonly string[], cwd: string, env: Record<string, string>) {
  const [command = '', ...args] = words.map((word) => (word === 'node' ? process.execPath : word));
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  if (!isRoot) return spawn(command, args, { cwd, env, stdio });
  if (!canRemount) return spawn(command, args, { cwd, env, stdio, uid: nobody, gid: nobody });
  const readOnly = `mount -o remount,bind,ro / && exec setpriv --reuid ${nobody} --regid ${nobody} --clear-groups "$@"`;
  return spawn('unshare', ['--mount', 'sh', '-c', readOnly, 'sh', command, ...args], { cwd, env, stdio });
}

async function run(image: Stage, imageRoot: string) {
  const cwd = join(imageRoot, lastOf(image, 'WORKDIR'));
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'nobody-guesses-this\n', { mode: 0o644 });
  const env = {
    ...environmentOf(image),
    PATH: process.env.PATH ?? '',
    PORT: String(await freePort()),
    AIRALO_CLIENT_ID_FILE: secret,
    AIRALO_CLIENT_SECRET_FILE: secret,
    AUTH: 'secret',
    ROUTER_SECRET_FILE: secret,
  };
  const health = async (): Promise<number | null> => {
    const [code] = await once(start(wordsOf(lastOf(image, 'HEALTHCHECK')), cwd, env), 'exit');
    return code;
  };

  const before = await health();
  const gateway = start(wordsOf(lastOf(image, 'CMD')), cwd, env);
  const ended = once(gateway, 'exit');
  await Promise.race([
    once(gateway.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`the gateway ended with ${code}`))),
  ]);
  const meanwhile = await health();
  gateway.kill(lastOf(image, 'STOPSIGNAL') === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
  const [exitCode] = await ended;
  if (before !== 1) faults.push(`the health check ended with ${before} before the gateway ran`);
  if (meanwhile !== 0) faults.push(`the health check ended with ${meanwhile} while it ran`);
  if (exitCode !== 0) faults.push(`the gateway ended with ${exitCode}`);
  for (const name of ['node_modules/typescript', 'node_modules/vitest', 'src'])
    if (existsSync(join(cwd, name))) faults.push(`the image holds ${name}`);
  const megabytes = Number.parseInt(spawnSync('du', ['-sm', imageRoot], { encoding: 'utf8' }).stdout, 10);
  return {
    'in the image, MB': megabytes,
    user: isRoot ? nobody : process.getuid?.(),
    'file system': canRemount ? 'read-only' : 'writable here',
    'health before': before,
    'and while it runs': meanwhile,
    'ended with': exitCode,
  };
}

function lookAtUnit(): void {
  const unit = join(examples, 'esim-usage-gateway.service');
  if (spawnSync('systemd-analyze', ['--version']).error) {
    console.log('The unit was not looked at: there is no systemd-analyze here.');
    return;
  }
  const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  if (verified.status !== 0 || verified.stderr !== '') faults.push(`the unit: ${verified.stderr}`);
  const flags = ['security', '--offline=true', '--no-pager', `--threshold=${mostExposed * 10}`];
  const security = spawnSync('systemd-analyze', [...flags, unit], { encoding: 'utf8' });
  console.log(security.stdout.trim().split('\n').at(-1));
  if (security.status !== 0) faults.push(`the unit may do more than it must: over ${mostExposed}`);
}

const stages = stagesOf(readFileSync(join(examples, 'Dockerfile'), 'utf8'));
const built = new Map<string | null, string>([[null, createContext()]]);
let imageRoot = '';
for (const stage of stages) {
  imageRoot = build(stage, built);
  if (stage.name !== null) built.set(stage.name, imageRoot);
}
const rows = [];
for (const image of stages.slice(-1)) rows.push(await run(image, imageRoot));
lookAtUnit();
conclude(rows, faults);
