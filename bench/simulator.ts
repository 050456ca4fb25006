import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const address = z.object({ url: z.string(), clientId: z.string(), clientSecret: z.string() });

/** A simulator in a process of its own. */
export interface SimulatorProcess extends z.infer<typeof address> {
  /** How often an ICCID was read. */
  timesRead(iccid: string): Promise<number>;
  stop(): void;
}

/** Starts it. It ends with this process at the latest. */
export async function startSimulator(): Promise<SimulatorProcess> {
  const child = fork(fileURLToPath(new URL('simulator-process.ts', import.meta.url)));
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
