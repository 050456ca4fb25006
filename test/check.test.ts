import { setImmediate } from 'node:timers/promises';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { check, inJson, inTable } from '../src/check.js';
import { createContext } from '../src/context.js';
import { ThrottledError } from '../src/errors.js';
import type { UsageReading, UsageSource } from '../src/usage.js';
import { iccidOf } from './support/iccids.js';
import { createManualClock } from './support/manual-clock.js';
import { readingOf } from './support/readings.js';
import { everyField, startGateway, startModule } from './support/start-gateway.js';
import { startProcess } from './support/start-process.js';

const { dataPlan, notFound } = scenarioIccids;
const nothing = (): void => undefined;

describe('check', () => {
  it('prints a line for each eSIM, in the order asked, and 0 only where something is known to be used up', async () => {
    const clock = createManualClock();
    const { module } = await startModule({ clock });
    const iccids = [...Object.values(scenarioIccids), 'none', '89\x1b[31m'];
    const results = await check({ module, iccids, clock, onProgress: nothing });
    expect(inTable(iccids, results, clock.toDate)).toMatchInlineSnapshot(`
      "ICCID                 STATUS         DATA             VOICE          TEXT               ENDS                  NOT OLDER THAN        NOTE
      8944465400000267221   ACTIVE         767 of 2048 MB   –              –                  2026-01-31 00:00:01Z  2025-12-31 23:40:01Z
      89012345678901234568  ACTIVE         767 of 2048 MB   60 of 100 min  20 of 50 messages  2026-01-31 00:00:01Z  2025-12-31 23:40:01Z
      8910300000005271146   ACTIVE         unlimited        –              –                  2026-01-31 00:00:01Z  2025-12-31 23:40:01Z
      8997212330099025334   ACTIVE         unlimited        –              –                  2022-01-01 00:00:00Z  2025-12-31 23:40:01Z
      89012345678901234567  NOT_ACTIVE     3072 of 3072 MB  –              –                  –                     2025-12-31 23:40:01Z
      89340000000000872     FINISHED       0 of 1024 MB     –              –                  2022-01-01 00:00:00Z  2025-12-31 23:40:01Z
      894000000000001       EXPIRED        300 of 1024 MB   –              –                  2022-01-01 00:00:00Z  2025-12-31 23:40:01Z
      891000000000009125    RECYCLED       –                –              –                  –                     2025-12-31 23:40:01Z
      8944465400000267239   UNKNOWN        –                –              –                  –                     2025-12-31 23:40:01Z
      8944465400000267247   UNKNOWN        512 of 1024 MB   –              –                  2022-01-01 00:00:00Z  2025-12-31 23:40:01Z  the upstream says SUSPENDED
      8944465400000267254   NOT_FOUND      –                –              –                  –                     –                     No eSIM with this ICCID is known.
      none                  INVALID_ICCID  –                –              –                  –                     –                     An ICCID is a string of 15 to 22 digits.
      89?[31m               INVALID_ICCID  –                –              –                  –                     –                     An ICCID is a string of 15 to 22 digits.
      "
    `);
  });

  it('says what is old, what is mock and what the upstream called it, and lets no terminal take it for a command', () => {
    const clock = createManualClock();
    const reading: UsageReading = readingOf(iccidOf(dataPlan), clock.now(), {
      status: 'UNKNOWN',
      statusCode: 'ODD\x1b]0;title\x07',
      environment: 'SANDBOX',
      staleReason: 'THROTTLED',
    });
    const [, line] = inTable([dataPlan], [reading], clock.toDate).split('\n');
    expect(line).toMatch(/ mock numbers; old: THROTTLED; the upstream says ODD\?\]0;title\?$/);
  });

  it('gives scripts what the GraphQL API answers', async () => {
    const clock = createManualClock();
    const { module, ask } = await startGateway({ clock });
    const iccids = [...Object.values(scenarioIccids), 'none'];
    const results = await check({ module, iccids, clock, onProgress: nothing });
    const { body } = await ask(
      `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ${everyField} } }`,
      {
        iccids,
      },
    );
    const answered: Record<string, unknown>[] = Object(body).data.esimUsages;
    expect(JSON.parse(JSON.stringify(inJson(results, clock.toDate)))).toEqual(
      answered.map(({ esim: _esim, ...rest }) => rest),
    );
  });

  it('comes back for those that are refused when they were told to, and tells how far it is', async () => {
    const clock = createManualClock();
    const [first = '', second = ''] = fleetIccids(2);
    const askedMs: [iccid: string, atMs: number][] = [];
    const beganMs = clock.now();
    const source: UsageSource = {
      async read(iccid) {
        askedMs.push([iccid, clock.now() - beganMs]);
        if (iccid === second && askedMs.length < 4) throw new ThrottledError(1_500);
        return readingOf(iccid, clock.now());
      },
    };
    const settings = { source, clock, deadlineMs: 8_000, maxIccids: 1, maxReferences: 1, notFoundMs: 0 };
    const module = {
      createContext: () => createContext({ ...settings, cacheScope: 'PRIVATE', report: nothing }, {}),
    };
    const progress: number[] = [];
    const checked = check({
      module,
      iccids: [first, second],
      clock,
      onProgress: (answered) => progress.push(answered),
    });
    // What is loaded together is loaded on Node's next tick.
    await setImmediate();
    expect(progress).toEqual([1]);
    await clock.advance(2_000);
    await setImmediate();
    await clock.advance(2_000);
    expect((await checked).map(({ kind, iccid }) => [kind, iccid])).toEqual([
      ['reading', first],
      ['reading', second],
    ]);
    expect(progress).toEqual([1, 2]);
    expect(askedMs).toEqual([
      [first, 0],
      [second, 0],
      [second, 2_000],
      [second, 4_000],
    ]);
  });

  it('gives up what it is told to come back for too late', async () => {
    const clock = createManualClock();
    const source: UsageSource = { read: () => Promise.reject(new ThrottledError(121_000)) };
    const settings = { source, clock, deadlineMs: 8_000, maxIccids: 1, maxReferences: 1, notFoundMs: 0 };
    const module = {
      createContext: () => createContext({ ...settings, cacheScope: 'PRIVATE', report: nothing }, {}),
    };
    expect(await check({ module, iccids: [dataPlan], clock, onProgress: nothing })).toMatchObject([
      { code: 'THROTTLED', retryAfterSeconds: 121 },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('does not come back for what will not be there soon', async () => {
    const clock = createManualClock();
    const { module, bendUsage, usageCalls } = await startModule({ clock });
    bendUsage(({ reply }) => ({ ...reply, status: 502 }));
    const [result] = await check({ module, iccids: [dataPlan], clock, onProgress: nothing });
    expect(result).toMatchObject({ kind: 'problem', code: 'UNAVAILABLE' });
    expect(usageCalls()).toEqual([dataPlan]);
  });
});

describe('the command check', () => {
  async function run(...args: readonly string[]) {
    const { output, exitCode } = startProcess(['check', ...args]);
    return { code: await exitCode, ...output };
  }

  it('ends with 0 when there is a reading of each', async () => {
    const { code, stdout, stderr } = await run('--simulator', '--json', dataPlan);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([
      { __typename: 'EsimUsage', iccid: dataPlan, data: { remaining: 767 }, environment: 'SANDBOX' },
    ]);
  });

  it('ends with 1 when there is none of some, and prints the others', async () => {
    const { code, stdout } = await run('--simulator', notFound, dataPlan);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^ICCID .*\\n${notFound} +NOT_FOUND .*\\n${dataPlan} +ACTIVE .*\\n$`));
  });

  it('shows one of each kind with the simulator', async () => {
    const { stdout } = await run('--simulator');
    expect(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(Object.values(scenarioIccids));
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^esim-usage-gateway check/),
    });
  });

  it.each([
    [[], 64, /^No ICCID was given\.\n/],
    [['--no-such-flag'], 64, /^Unknown option '--no-such-flag'/],
    [[dataPlan], 78, /AIRALO_CLIENT_ID: missing/],
  ])('says what is wrong with %j', async (args, code, message) => {
    const result = await run(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });
});
