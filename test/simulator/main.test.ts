import { describe, expect, it } from 'vitest';
import { sendBytes } from '../support/raw-connection.js';
import { type StartedProcess, startProcess } from '../support/start-process.js';

const run = (...flags: string[]): StartedProcess => startProcess(flags, {}, 'simulator/main.js');

describe('the simulator by itself', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is and what it knows, and ends on %s',
    async (signal) => {
      const running = run('--latency-ms', '600000', '--window-kind', 'aligned');
      await running.printed(/count on from it\n$/);
      const { stdout } = running.output;
      expect(stdout.replace(/:\d+\n/, ':PORT\n')).toMatchInlineSnapshot(`
        "url            http://127.0.0.1:PORT
        client id      simulator-client
        client secret  simulator-secret
        ICCIDs
          8944465400000267221   dataPlan
          89012345678901234568  dataVoiceTextPlan
          8910300000005271146   unlimited
          8997212330099025334   unlimitedWithNumbers
          89012345678901234567  notActive
          89340000000000872     usedUp
          894000000000001       expired
          891000000000009125    recycled
          8944465400000267239   unknown
          8944465400000267247   undocumentedStatus
          8944465400000267254   notFound
          8999900000000000000   the first of a fleet of a million, count on from it
        "
      `);
      const url = /http\S+/.exec(stdout)?.[0] ?? '';
      // Its answer would take ten minutes, which the end must not wait for. The 100 says that it has arrived.
      const pending = sendBytes({ url }, 'GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n');
      await pending.endsWith('HTTP/1.1 100 Continue\r\n\r\n');
      running.signal(signal);
      expect(await running.exitCode).toBe(0);
      expect(await pending.end).toMatch(/close|reset/);
    },
  );

  it.each([
    { flags: ['--port', 'many'], line: '--port: expected a whole number, got many' },
    { flags: ['--port', '70000'], line: 'port: expected a whole number from 0 to 65535, got 70000' },
    { flags: ['--latency-ms='], line: '--latency-ms: expected a whole number, got nothing' },
    {
      flags: ['--window-kind', 'round'],
      line: '--window-kind: expected one of anchored, aligned, sliding, got round',
    },
    { flags: ['--speed', '3'], line: expect.stringMatching(/^Unknown option '--speed'/) },
  ])('exits with 78 and one line for $flags', async ({ flags, line }) => {
    const { output, exitCode } = run(...flags);
    expect(await exitCode).toBe(78);
    const [first, ...rest] = output.stderr.split('\n');
    expect([first, rest]).toEqual([line, ['']]);
    expect(output.stdout).toBe('');
  });
});
