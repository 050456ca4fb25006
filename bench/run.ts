import { cpus } from 'node:os';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { requireSameAnswers } from './answers.js';
import { measureCoalescing } from './coalescing.js';
import { type Cold, measureCold } from './cold.js';
import type { Flags } from './flags.js';
import { measureHolding } from './holding.js';
import type { Load } from './load.js';
import { type Measurement, measure } from './measure.js';
import { type Mixed, measureMixed } from './mixed.js';
import { askEntities, askOne, askSeveral, type Operation } from './operations.js';
import type { Pin } from './pinning.js';
import type { Results } from './results.js';
import { contenders, holder, names, subgraphs } from './servers.js';
import type { SimulatorProcess } from './simulator.js';
import { freePort, type Server, startServer } from './start-server.js';

export interface RunOptions extends Flags {
  readonly load: Load;
  readonly pin: Pin;
  readonly simulator: SimulatorProcess;
  readonly manifestPath: string;
  /** Told what is measured next. */
  readonly onProgress: (text: string) => void;
}

const held = 100_000;
const million = 1_000_000;
/** For those that are read while others are asked for again: one that is kept must not go for them. */
const room = 50_000;
const grown: readonly string[] = [names.ours, names.apollo, names.jitCached];
const coalesced: readonly string[] = [names.ours, names.apollo, names.jitCached, names.jit, names.yoga];

/** Measures everything, one after the other. Rejects when a server answers what another does not. */
export async function run(options: RunOptions): Promise<Results> {
  const { load, pin, simulator, manifestPath, rounds, seconds, onProgress } = options;
  const iccids = fleetIccids(million);
  const start = (contender: Parameters<typeof startServer>[0]['contender']): Promise<Server> =>
    startServer({ contender, simulator, pin });

  async function compare(
    what: string,
    servers: readonly Server[],
    operation: Operation,
  ): Promise<Measurement[]> {
    onProgress(what);
    await requireSameAnswers(servers, operation);
    return measure({ load, servers, operation, rounds, seconds });
  }

  async function compareQueries() {
    const servers = await Promise.all(contenders(manifestPath, await freePort()).map(start));
    const some = (wanted: readonly string[]): Server[] => servers.filter(({ name }) => wanted.includes(name));
    const one = await compare('one cached eSIM', servers, askOne(iccids[0] ?? ''));
    const fifty = await compare('fifty cached', servers, askSeveral(iccids.slice(0, 50)));
    const sizes: Results['sizes'][number][] = [];
    for (const count of [1, 10, 50, 100])
      sizes.push({
        iccids: count,
        measured:
          count === 50
            ? fifty.filter(({ server }) => grown.includes(server))
            : await compare(`${count} at once`, some(grown), askSeveral(iccids.slice(0, count))),
      });
    onProgress('one cold eSIM, many at once');
    const coalescing = await measureCoalescing(some(coalesced), simulator, iccids.slice(100));
    await Promise.all(servers.map((server) => server.stop()));
    return { one, fifty, sizes, coalescing };
  }

  async function compareSubgraphs(): Promise<Measurement[]> {
    const servers = await Promise.all(subgraphs().map(start));
    const entities = await compare('_entities with fifty', servers, askEntities(iccids.slice(0, 50)));
    await Promise.all(servers.map((server) => server.stop()));
    return entities;
  }

  async function readCold(): Promise<Cold> {
    onProgress('cold eSIMs, one after the other');
    const server = await start(holder(held));
    const cold = await measureCold(server, simulator, iccids.slice(held));
    await server.stop();
    return cold;
  }

  /** Has a gateway keep so many readings, and does something with it then. */
  async function hold<T>(counts: readonly number[], then: (server: Server) => Promise<T>) {
    const most = Math.max(...counts);
    onProgress(`up to ${most} readings`);
    const server = await start(holder(most + room));
    const holding = await measureHolding(server, iccids, counts);
    const result = await then(server);
    await server.stop();
    return { holding, result };
  }

  async function mix(server: Server): Promise<Mixed> {
    onProgress('mixed traffic');
    const [known, unknown] = [iccids.slice(0, held), iccids.slice(held)];
    return measureMixed({ server, load, known, unknown, rounds, seconds });
  }

  const queries = await compareQueries();
  const entities = await compareSubgraphs();
  const cold = await readCold();
  const { holding, result: mixed } = await hold([1_000, 10_000, held], mix);
  const more = options.million ? await hold([million], async () => undefined) : null;
  return {
    machine: { ...machine(), load: load.program, rounds, seconds },
    ...queries,
    entities,
    cold,
    holding: [...holding, ...(more?.holding ?? [])],
    mixed,
  };
}

function machine() {
  const [{ model } = { model: 'unknown' }, ...others] = cpus();
  return { processor: model, cores: 1 + others.length, node: process.versions.node };
}
