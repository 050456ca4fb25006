import { parseArgs } from 'node:util';
import { fleetIccids } from './fleet.js';
import { scenarioIccids } from './scenarios.js';
import { createSimulator, type SimulatorOptions } from './simulator.js';
import { windowKinds } from './window.js';

const faultyConfiguration = 78;

try {
  const simulator = await createSimulator(readFlags());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, simulator.close);

  const table = Object.entries(scenarioIccids).map(([name, iccid]) => `  ${iccid.padEnd(22)}${name}`);
  const fleet = fleetIccids(1).map(
    (iccid) => `  ${iccid.padEnd(22)}the first of a fleet of a million, count on from it`,
  );
  process.stdout.write(
    [
      `url            ${simulator.url}`,
      `client id      ${simulator.clientId}`,
      `client secret  ${simulator.clientSecret}`,
      'ICCIDs',
      ...table,
      ...fleet,
      '',
    ].join('\n'),
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = faultyConfiguration;
}

function readFlags(): SimulatorOptions {
  const { values } = parseArgs({
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'window-kind': { type: 'string' },
      'latency-ms': { type: 'string' },
    },
  });
  const { host, port, 'window-kind': wanted, 'latency-ms': latencyMs } = values;
  const windowKind = windowKinds.find((kind) => kind === wanted);
  if (wanted !== undefined && windowKind === undefined) {
    throw new RangeError(`--window-kind: expected one of ${windowKinds.join(', ')}, got ${wanted}`);
  }
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: wholeNumber('--port', port) }),
    ...(windowKind !== undefined && { windowKind }),
    ...(latencyMs !== undefined && { latencyMs: wholeNumber('--latency-ms', latencyMs) }),
  };
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`${flag}: expected a whole number, got ${text || 'nothing'}`);
  return Number(text);
}
