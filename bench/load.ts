import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Operation } from './operations.js';
import { hasProgram, type Pin } from './pinning.js';

const run = promisify(execFile);
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const outcome = z.object({
  requests: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  failures: z.number(),
});
/** What became of some seconds of requests. */
export type Outcome = z.infer<typeof outcome>;

/** Whom to ask what, and for how long. */
export interface Round {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly operation: Operation;
  readonly seconds: number;
  /** @default 64 */
  readonly connections?: number;
}

/** Asks over connections that stay open, each again as soon as it is answered. Several may ask at once. */
export interface Load {
  readonly program: 'wrk' | 'autocannon';
  run(round: Round): Promise<Outcome>;
}

const usualConnections = 64;

export interface LoadOptions {
  readonly pin: Pin;
  /** A folder for what is sent. */
  readonly folder: string;
}

/** By wrk where it is installed, and otherwise by autocannon, which itself needs more time for a request than the fastest servers do. */
export function createLoad({ pin, folder }: LoadOptions): Load {
  const program = hasProgram('wrk') ? 'wrk' : 'autocannon';
  let rounds = 0;

  return {
    program,
    async run({ url, headers, operation, seconds, connections = usualConnections }) {
      rounds += 1;
      const path = join(folder, `operation-${rounds}.txt`);
      writeFileSync(path, `${[operation.body, ...operation.values].join('\n')}\n`);
      const rest = [path, ...Object.entries({ 'content-type': 'application/json', ...headers }).flat()];
      const [command, ...before] = pin('load', program === 'wrk' ? 'wrk' : process.execPath);
      const flags =
        program === 'wrk'
          ? [`-t1`, `-c${connections}`, `-d${seconds}s`, '-s', file('load/wrk.lua'), url, '--', ...rest]
          : [file('load/autocannon.js'), url, `${seconds}`, `${connections}`, ...rest];
      const { stdout } = await run(command, [...before, ...flags]);
      const result = outcome.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
      rmSync(path);
      if (result.failures > 0) throw new Error(`${result.failures} requests to ${url} failed`);
      return result;
    },
  };
}
