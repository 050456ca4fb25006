import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawChart } from './chart.js';
import { withResults } from './document.js';
import { flagsIn } from './flags.js';
import { installPeers } from './install.js';
import { createLoad } from './load.js';
import type { Measurement } from './measure.js';
import { manifest } from './operations.js';
import { createPin } from './pinning.js';
import { run } from './run.js';
import { startSimulator } from './simulator.js';
import { inTables } from './tables.js';

const flags = flagsIn(process.argv.slice(2));
installPeers();
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const manifestPath = join(folder, 'manifest.json');
writeFileSync(manifestPath, manifest);
const pin = createPin();
const simulator = await startSimulator(pin);
const results = await run({
  ...flags,
  load: createLoad({ pin, folder }),
  pin,
  simulator,
  manifestPath,
  onProgress: (text) => process.stderr.write(`${text}\n`),
});
simulator.stop();
rmSync(folder, { recursive: true });

const tables = inTables(results);
const page = new URL('../docs/benchmark.md', import.meta.url);
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(page, withResults(readFileSync(page, 'utf8'), tables));
writeFileSync(
  new URL('../docs/bench.svg', import.meta.url),
  drawChart([
    { title: 'One cached eSIM: requests for each second of processor time', bars: barsOf(results.one) },
    { title: 'Fifty cached eSIMs: the same', bars: barsOf(results.fifty) },
  ]),
);
console.log(tables);

function barsOf(measured: readonly Measurement[]) {
  return measured.map(({ server, perCpuSecond }) => ({
    name: server,
    value: perCpuSecond.median,
    isOurs: server.startsWith('this gateway'),
  }));
}
