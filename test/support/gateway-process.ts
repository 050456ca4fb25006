import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Simulator } from 'esim-usage-gateway/simulator';
import { z } from 'zod';

const memory = z.object({ heapBytes: z.number(), residentBytes: z.number() });
type Memory = z.infer<typeof memory>;

/** The built gateway in a process of its own, for measurements: nothing of it ends by itself. */
export interface GatewayProcess {
  /** Where GraphQL is answered. */
  readonly url: string;
  readonly port: number;
  /** All that it wrote to standard error. */
  errors(): string;
  /** How it ended: null while it runs. */
  end(): string | null;
  /** What it needs once garbage is collected. */
  memory(): Promise<Memory>;
  /** Lets it end as an orchestrator would, and says how it did. */
  stop(): Promise<string>;
}

/** Starts `dist/main.js` in front of a simulator, as in production: without introspection, and on the documented limits. */
export async function startGatewayProcess(
  simulator: Pick<Simulator, 'url' | 'clientId' | 'clientSecret'>,
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', file('tell-memory.mjs'), file('../../dist/main.js')],
    {
      env: {
        PORT: '0',
        AIRALO_BASE_URL: simulator.url,
        AIRALO_CLIENT_ID: simulator.clientId,
        AIRALO_CLIENT_SECRET: simulator.clientSecret,
        ESIM_USAGE_QUIET_START_MS: '0',
        LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let printed = '';
  let errors = '';
  let end: string | null = null;
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    end = signal === null ? `exit code ${code}` : String(signal);
    return end;
  });
  let url: string | undefined;
  while (url === undefined) {
    if (end !== null) throw new Error(`The gateway ended: ${errors}`);
    await Promise.race([ended, child.stdout && once(child.stdout, 'data')]);
    url = /^Listening on (\S+)$/m.exec(printed)?.[1];
  }

  return {
    url,
    port: Number(new URL(url).port),
    errors: () => errors,
    end: () => end,
    async memory() {
      child.send('memory');
      return memory.parse((await once(child, 'message'))[0]);
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
