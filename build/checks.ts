import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Runs every check that package.json names, in its order, so that a new one cannot be forgotten. Ends with the first that fails, or that takes
 * so long that it will never end.
 */
const longestMs = 240_000;
const manifest = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

for (const check of Object.keys(scripts).filter((name) => name.startsWith('check:'))) {
  const beganMs = performance.now();
  process.stdout.write(`\n== ${check}\n`);
  const { status, error } = spawnSync('npm', ['run', '--silent', check], {
    stdio: 'inherit',
    timeout: longestMs,
  });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  process.stdout.write(`== ${check}: ${Math.round((performance.now() - beganMs) / 1_000)} s\n`);
  if (status !== 0) process.exit(1);
}
