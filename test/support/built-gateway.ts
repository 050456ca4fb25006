import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built gateway in a process of its own, for measurements: it ends when it is told to, and with the one that started it. */
export interface BuiltGateway {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** Sends SIGTERM. Settles with the exit code, null when a signal ended it, and with how long that took. */
  end(): Promise<{ code: number | null; tookMs: number }>;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): void;
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts it on a free port, with no environment but what is given. Settles when it listens, and rejects when it ends before. */
export async function startBuiltGateway(
  environment: Readonly<Record<string, string>>,
): Promise<BuiltGateway> {
  const child = spawn(process.execPath, [main], {
    env: { PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const url = await addressOf(child);

  return {
    url,
    kill: () => void kill(),
    async end() {
      const beganMs = performance.now();
      child.kill('SIGTERM');
      return { code: await ended, tookMs: performance.now() - beganMs };
    },
  };
}

function addressOf({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    stdout?.on('data', (chunk) => {
      printed += chunk;
      const [, url] = /Listening on (\S+)\n/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
    stdout?.once('close', () => reject(new Error(`it ended: ${printed}`)));
  });
}
