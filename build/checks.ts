import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Runs every check that package.json names, in its order, so that a new one cannot be forgotten. Ends with the first that fails. */
const manifest = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = manifest.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

for (const check of Object.keys(scripts).filter((name) => name.startsWith('check:'))) {
  const beganMs = performance.now();
  process.stdout.write(`\n== ${check}\n`);
  const { status } = spawnSync('npm', ['run', '--silent', check], { stdio: 'inherit' });
  process.stdout.write(`== ${check}: ${Math.round((performance.now() - beganMs) / 1_000)} s\n`);
  if (status !== 0) process.exit(1);
}
