import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A real Redis on a port of this machine, in which everything can go wrong. It keeps nothing, and ends with the process that started it. */
export interface RedisServer {
  /** For `REDIS_URL`. */
  readonly url: string;
  readonly port: number;
  /** What it answers to one command, as `redis-cli` prints it. */
  command(...words: readonly string[]): Promise<string>;
  /** Ends it without a word, with all that it held. */
  kill(): Promise<void>;
  /** Starts it again where it was, empty. */
  restart(): Promise<void>;
  /** Lets it take connections and commands, and answer none. */
  freeze(): void;
  /** Lets it answer all of them. */
  thaw(): void;
  /** Refuses what needs memory, or does so no longer. */
  setFull(isFull: boolean): Promise<void>;
  /** Refuses whatever is written, or does so no longer. */
  setReadOnly(isReadOnly: boolean): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** Whether there is no Redis to test with. Says so, and throws in CI, where nothing may be left out. */
export function lacksRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).error === undefined) return false;
  if (process.env.CI) throw new Error('no redis-server: apt-get install redis-server');
  process.stderr.write('skipped: no redis-server (apt-get install redis-server)\n');
  return true;
}

/** Starts one that is empty. Settles when it takes connections. */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'esim-usage-redis-'));
  const port = await freePort();
  let server = await start(port, folder);
  const end = (): void => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  // As many tests as run at a time have one, or two.
  process.setMaxListeners(50);
  process.once('exit', end);

  async function command(...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-e', '-p', String(port), ...words]);
    return stdout.trimEnd();
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command,
    kill,
    async restart() {
      await kill();
      server = await start(port, folder);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async setFull(isFull) {
      await command('CONFIG', 'SET', 'maxmemory', isFull ? '1' : '0');
    },
    async setReadOnly(isReadOnly) {
      // Nobody is there to copy from.
      await command('REPLICAOF', ...(isReadOnly ? ['127.0.0.1', '9'] : ['NO', 'ONE']));
    },
    async close() {
      process.off('exit', end);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function start(port: number, folder: string): Promise<ChildProcess> {
  const options = {
    bind: '127.0.0.1',
    port,
    dir: folder,
    save: '',
    appendonly: 'no',
    // Another that copies from it need not wait.
    'repl-diskless-sync-delay': 0,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    printed += chunk;
    if (printed.includes('Ready to accept connections')) break;
  }
  if (!printed.includes('Ready to accept connections')) throw new Error(`redis-server ended: ${printed}`);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
