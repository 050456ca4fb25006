import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Pin } from './pinning.js';
import { type ProcessFigures, processFiguresIn } from './process-figures.js';
import type { Contender } from './servers.js';
import type { SimulatorProcess } from './simulator.js';

/** An answer, with the headers that a server sends by itself for each left out. */
export interface Answer {
  readonly headers: readonly string[];
  readonly text: string;
}

/** A server that is measured, in a process of its own. */
export interface Server extends Pick<Contender, 'name' | 'headers'> {
  readonly url: string;
  figures(): ProcessFigures;
  /** Rejects unless the status is 200. */
  ask(body: string): Promise<Answer>;
  /** Keeps it from running at all, and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Sends a message to the process and settles with the next of its own. */
  tell(message: string | Answer): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly contender: Contender;
  readonly simulator: Pick<SimulatorProcess, 'url' | 'clientId' | 'clientSecret'>;
  readonly pin: Pin;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const patienceMs = 20_000;
const hopByHop: ReadonlySet<string> = new Set(['date', 'connection', 'keep-alive']);

/** Starts a server in production mode, and settles when it answers. Rejects when it ends before. */
export async function startServer({ contender, simulator, pin }: ServerOptions): Promise<Server> {
  const { name, headers, program, args, environment, isProbed } = contender;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const probe = isProbed ? ['--import', './bench/probe.js'] : [];
  const [command, ...before] = pin('server', process.execPath);
  const child = spawn(command, [...before, ...probe, program, ...args], {
    cwd: root,
    env: { ...environmentOf(simulator), PORT: String(port), ...environment },
    // A log costs what writing it costs, and not what reading it does.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const textOf = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  await answering(child, url, name);

  return {
    name,
    headers,
    url,
    figures: () => processFiguresIn(textOf('stat'), textOf('schedstat')),
    async ask(body) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text}`);
      return { headers: [...response.headers].filter(([header]) => !hopByHop.has(header)).flat(), text };
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async tell(message) {
      child.send(message);
      const [reply] = await once(child, 'message');
      return reply;
    },
    async stop() {
      const closed = once(child, 'close');
      kill();
      await closed;
      process.off('exit', kill);
    },
  };
}

/** Nothing of the environment that this process has: it might be another for somebody else. */
function environmentOf({ url, clientId, clientSecret }: ServerOptions['simulator']): Record<string, string> {
  return {
    NODE_ENV: 'production',
    AIRALO_BASE_URL: url,
    AIRALO_CLIENT_ID: clientId,
    AIRALO_CLIENT_SECRET: clientSecret,
    SIMULATOR_URL: url,
    SIMULATOR_CLIENT_ID: clientId,
    SIMULATOR_CLIENT_SECRET: clientSecret,
  };
}

/** A port that nobody listens on at present. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new TypeError(`address: expected a port, got ${address}`);
  return address.port;
}

async function answering(child: ChildProcess, url: string, name: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (performance.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`${name} ended with exit code ${child.exitCode}`);
    const answer = await fetch(url).catch(() => null);
    await answer?.text();
    if (answer !== null) return;
    await setTimeout(50);
  }
  throw new Error(`${name} did not answer within ${patienceMs} ms`);
}
