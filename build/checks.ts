import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Runs every check that package.json names, so that a new one cannot be forgotten: one after the other, but for those of some lanes, of
 * which one of each runs at once. Ends all with the first that fails, or that takes so long that it will never end.
 */
const longestMs = 240_000;
/** They wait, count or compile, and judge no times but those that a limit makes them wait. Only those of the first lane build `dist`. */
const lanes = [
  ['check:coverage', 'check:monitoring', 'check:package', 'check:slow-lane', 'check:consumer'],
  ['check:fast-lane', 'check:deploy', 'check:schedules', 'check:http-audit'],
  ['check:limits', 'check:fairness', 'check:stall'],
];

const manifest = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);
const all = Object.keys(scripts).filter((name) => name.startsWith('check:'));
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach(kill));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

await runInTurn(all.filter((name) => !lanes.flat().includes(name)));
await Promise.all(lanes.map(runInTurn));

async function runInTurn(checks: readonly string[]): Promise<void> {
  for (const check of checks) await run(check);
}

/** Prints what a check does when it has ended, so that it stays together. */
async function run(check: string): Promise<void> {
  const beganMs = performance.now();
  // A group of its own, so that nothing that it started outlives it.
  const child = spawn('npm', ['run', '--silent', check], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk;
    });
  const tooLong = setTimeout(kill, longestMs, child);
  const [code] = await once(child, 'close');
  clearTimeout(tooLong);
  running.delete(child);
  const tookMs = performance.now() - beganMs;
  process.stdout.write(`\n== ${check}\n${printed}== ${check}: ${Math.round(tookMs / 1_000)} s\n`);
  if (code !== 0 || tookMs >= longestMs) process.exit(1);
}

function kill({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
