import { execFileSync } from 'node:child_process';

/** Builds once before all tests, because the process is tested as it is shipped. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
