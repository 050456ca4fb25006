import { networkInterfaces } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

/** Whether this machine can be reached at `::1`: not all containers can. */
export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** How many TCP sockets of this process keep it alive, on whichever side. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/**
 * Settles when both sides, if they are in this process, have taken in what has happened so far. One that finds bytes and a reset
 * together sees an orderly end, and what is closed is gone a few turns later.
 */
export async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

/** Makes TLS take any certificate until the test is over. */
export function trustEverybody(): void {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}
