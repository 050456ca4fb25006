import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process of the package's, killed when the test is over if it is still there. */
export interface StartedProcess {
  readonly pid: number | undefined;
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Settles when standard output has a line that matches. Rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Writes to its standard input. */
  tell(text: string): void;
  /** Reads its standard output no more until it has ended, however much that is. */
  stopReading(): void;
  /** Closes its standard output. */
  stopListening(): void;
  /** The exit code, once all output has come. Null when a signal ended it. */
  readonly exitCode: Promise<number | null>;
}

/**
 * Starts a built program as its users do, the gateway unless told otherwise, with no environment but what is given; on any free
 * port, unless that says otherwise.
 */
export function startProcess(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  program: 'main.js' | 'simulator/main.js' = 'main.js',
): StartedProcess {
  const main = fileURLToPath(new URL(`../../dist/${program}`, import.meta.url));
  const child = spawn(process.execPath, [main, ...flags], {
    env: { PORT: '0', ...environment },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exitCode = once(child, 'close').then(([code]) => code);

  return {
    pid: child.pid,
    output,
    exitCode,
    signal: (name) => child.kill(name),
    tell: (text) => child.stdin.write(text),
    stopReading: () => child.stdout.pause(),
    stopListening: () => child.stdout.destroy(),
    printed(pattern) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output.stdout);
          if (found !== null) resolve(found);
        };
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`ended without ${pattern}: ${output.stderr}`)));
        look();
      });
    },
  };
}
