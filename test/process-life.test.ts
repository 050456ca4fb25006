import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it, vi } from 'vitest';
import { holdAnswers } from './support/hold-answers.js';
import { mostInAnyWindow } from './support/most-in-any-window.js';
import { type ObedientGateway, startObedientGateway } from './support/obedient-gateway.js';

// A process takes a second to start, and more where many do at once.
vi.setConfig({ testTimeout: 60_000 });

const iccid = scenarioIccids.unlimited;
const usage = `${JSON.stringify({ data: { esimUsages: [{ iccid }] } })}\n`;
/** Long enough that nothing here waits for its end. */
const longDelay = { DRAIN_DELAY_MS: '30000' };

async function readiness({ url }: ObedientGateway): Promise<{ status: number; body: unknown }> {
  const response = await fetch(new URL('/health/ready', url));
  return { status: response.status, body: await response.json() };
}

function linesIn(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('{'));
}

describe('the process that is told to end and has a delay', () => {
  it('I12 is not ready at once, and until the delay is over answers as ever, each time the last on a connection', async () => {
    const gateway = await startObedientGateway({ environment: longDelay });
    expect(await gateway.ask([iccid])).toEqual({ status: 200, connection: 'keep-alive', text: usage });
    gateway.signal('SIGTERM');
    await gateway.printed(/"process.ending"/);
    expect(await readiness(gateway)).toEqual({
      status: 503,
      body: { status: 'not ready', fault: 'this gateway is ending' },
    });
    expect(await gateway.ask([iccid])).toEqual({ status: 200, connection: 'close', text: usage });
    gateway.signal('SIGTERM');
    expect(await gateway.exitCode).toBe(1);
  });

  it('I12 then ends with 0, and its last line is written', async () => {
    const gateway = await startObedientGateway({ environment: { DRAIN_DELAY_MS: '50' } });
    const { reached, release } = holdAnswers(gateway.simulator);
    const answer = gateway.ask([iccid]);
    await reached;
    gateway.signal('SIGTERM');
    await gateway.printed(/"process.ending"/);
    release();
    expect(await answer).toEqual({ status: 200, connection: 'close', text: usage });
    expect(await gateway.exitCode).toBe(0);
    expect(JSON.parse(linesIn(gateway.output.stdout).at(-1) ?? '')).toMatchObject({
      msg: 'operation.ended',
      name: 'Screen',
      status: 200,
      answers: { upstream: 1 },
    });
  });
});

describe('the process in which something fails that nobody catches', () => {
  it.each(['throw', 'reject'] as const)(
    'I14 says so in one line without a secret, answers what is under way, and ends with 1: %s',
    async (order) => {
      const gateway = await startObedientGateway({ environment: { ...longDelay, LOG_LEVEL: 'trace' } });
      const { simulator, output } = gateway;
      await gateway.ask([scenarioIccids.dataPlan]);
      const token = String(simulator.arrivals.at(-1)?.headers.authorization).replace('Bearer ', '');
      const { reached, release } = holdAnswers(gateway.simulator);
      const answer = gateway.ask([iccid]);
      await reached;
      const { clientSecret } = simulator;
      const basic = Buffer.from(`${simulator.clientId}:${clientSecret}`).toString('base64');
      const secrets = [clientSecret, token, iccid, basic];
      gateway.order(order, `planted ${secrets.join(' ')} ${encodeURIComponent(token)}\n${iccid}`);
      await gateway.printed(/"level":60/);
      release();
      expect(await answer).toEqual({ status: 200, connection: 'close', text: usage });
      expect(await gateway.exitCode).toBe(1);

      const written = output.stdout + output.stderr;
      expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
      expect(output.stderr).toBe('');
      const fatal = linesIn(output.stdout).filter((line) => line.includes('"level":60'));
      expect(fatal.map((line) => JSON.parse(line))).toEqual([
        {
          level: 60,
          time: expect.any(String),
          msg: 'process.failed',
          error: 'TypeError',
          message: expect.stringMatching(
            /^planted \[secret\] \[secret\] 89…\d{4} \S*\[secret\]\S* \[secret\]\n89…\d{4}$/,
          ),
          at: [],
        },
      ]);
    },
  );
});

describe('the process whose standard output nobody reads', () => {
  const environment = { LOG_LEVEL: 'trace' };
  /** As many answers as write more than a pipe and the log's own store hold. */
  const asked = fleetIccids(100);
  const times = 200;

  it('I15 goes on answering while it is blocked, drops lines, and ends with 0', async () => {
    const gateway = await startObedientGateway({ environment });
    gateway.stopReading();
    const invalid = asked.map((each) => `x${each}`);
    for (let time = 0; time < times; time += 1)
      expect((await gateway.ask(invalid)).text.match(/INVALID_ICCID/g)).toHaveLength(100);
    expect(await readiness(gateway)).toEqual({ status: 200, body: { status: 'ready' } });
    gateway.signal('SIGTERM');
    expect(await gateway.exitCode).toBe(0);
    const lines = linesIn(gateway.output.stdout).filter((line) => line.includes('loader.answer'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(times * asked.length);
    expect(gateway.output.stderr).toBe('');
  });

  it('I15 goes on answering when it is closed, and ends with 0', async () => {
    const gateway = await startObedientGateway({ environment });
    gateway.stopListening();
    for (const each of [iccid, scenarioIccids.dataPlan, iccid])
      expect(await gateway.ask([each])).toMatchObject({ status: 200, text: expect.stringContaining(each) });
    gateway.signal('SIGTERM');
    expect(await gateway.exitCode).toBe(0);
    expect(gateway.output.stderr).toBe('');
  });
});

describe('the process that is kept busy', () => {
  it('I11 sends late, never too many', async () => {
    const gateway = await startObedientGateway({ environment: { ESIM_USAGE_DEADLINE_MS: '30000' } });
    const { simulator } = gateway;
    const blockAfter = new Set([3, 6, 12]);
    simulator.intercept(() => {
      if (blockAfter.delete(simulator.arrivals.length)) gateway.order('block', 1_300);
      return undefined;
    });
    const iccids = fleetIccids(20);
    const { text } = await gateway.ask(iccids);
    expect(JSON.parse(text)).toEqual({ data: { esimUsages: iccids.map((each) => ({ iccid: each })) } });
    expect(blockAfter.size).toBe(0);
    expect(simulator.arrivals).toHaveLength(1 + iccids.length);
    expect(simulator.arrivals.filter(({ status }) => status === 429)).toEqual([]);
    const moments = simulator.arrivals.map(({ atMs }) => atMs);
    expect(mostInAnyWindow(moments, 1_000)).toBeLessThanOrEqual(5);
  });
});
