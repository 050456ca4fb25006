import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Pin } from './pinning.js';

const address = z.object({ url: z.string(), clientId: z.string(), clientSecret: z.string() });

/** A simulator in a process of its own. */
export interface SimulatorProcess extends z.infer<typeof address> {
  /** How often an ICCID was read. */
  timesRead(iccid: string): Promise<number>;
  stop(): void;
}

/** Starts it, beside what asks and not beside the servers. It ends with this process at the latest. */
export async function startSimulator(pin: Pin): Promise<SimulatorProcess> {
  const program = fileURLToPath(new URL('simulator-process.ts', import.meta.url));
  const [command, ...before] = pin('load', process.execPath);
  const child = spawn(command, [...before, ...process.execArgv, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = await once(child, 'message');
  return {
    ...address.parse(message),
    async timesRead(iccid) {
      child.send(iccid);
      const [times] = await once(child, 'message');
      return z.number().parse(times);
    },
    stop: () => child.disconnect(),
  };
}
