import { goalsOf } from './goals.js';
import type { Measurement } from './measure.js';
import type { Answered } from './mixed.js';
import { type Results, ratioOf } from './results.js';
import { names } from './servers.js';
import { type Spread, whole } from './statistics.js';

/** The results as a text in Markdown, which is also to be read on a terminal. */
export function inTables(results: Results): string {
  const { machine, one, fifty, entities, sizes, coalescing, cold, holding, mixed } = results;
  const others = [names.apollo, names.jitCached, names.bare];
  return [
    `${machine.processor}, ${machine.cores} cores, Node.js ${machine.node}, load by ${machine.load}, ${machine.rounds} rounds of ${machine.seconds} s each.`,
    `**One cached eSIM**\n\n${measurements(one, others)}`,
    `**Fifty cached eSIMs**\n\n${measurements(fifty, others)}`,
    `**\`_entities\` with fifty**\n\n${measurements(entities, [names.apolloSubgraph])}`,
    `**How the cost grows**: microseconds of processor time for an operation that names so many eSIMs\n\n${table(
      ['', ...sizes.map(({ iccids }) => String(iccids))],
      (sizes[0]?.measured ?? []).map(({ server }) => [
        server,
        ...sizes.map(({ measured }) => {
          const median = measured.find((each) => each.server === server)?.perCpuSecond.median;
          return median === undefined ? '' : whole(1e6 / median);
        }),
      ]),
    )}`,
    `**One cold eSIM, asked for by many at once**\n\n${table(
      ['', 'operations', 'upstream calls'],
      coalescing.map(({ server, operations, upstreamCalls }) => [
        server,
        whole(operations),
        whole(upstreamCalls),
      ]),
    )}`,
    `**A cold eSIM**, one after the other, median of ${cold.readings}\n\n${table(
      ['', 'ms'],
      [
        ['the upstream itself, over a connection that stays open', cold.upstreamMs.toFixed(1)],
        ['through this gateway', cold.gatewayMs.toFixed(1)],
        ['above the upstream', (cold.gatewayMs - cold.upstreamMs).toFixed(1)],
      ],
    )}\n\nUntil the next major collection one leaves ${whole(cold.garbageBytes)} bytes of garbage behind.`,
    `**Readings kept**\n\n${table(
      ['readings', 'resident, MiB', 'above none, MiB', 'of it heap, MiB', 'bytes for each'],
      holding.map(({ readings, residentBytes, bytesAbove, heapBytesAbove }) => [
        whole(readings),
        mebibytes(residentBytes),
        mebibytes(bytesAbove),
        mebibytes(heapBytesAbove),
        whole(bytesAbove / readings),
      ]),
    )}`,
    `**Mixed traffic** over 100,000 eSIMs, one request in a hundred for one that is not kept\n\n${table(
      ['', 'a second', 'p50, ms', 'p99, ms'],
      [
        answers('all together', mixed.together),
        answers('what is at hand, while others ask for what is not', mixed.atHand),
        answers('what is not', mixed.cold),
      ],
    )}`,
    table(
      [
        'longest pause, ms',
        'by all threads, ms',
        'by the one that answers, ms',
        'garbage collection, ms',
        'waited',
      ],
      [
        [
          mixed.loopMs.toFixed(1),
          mixed.processMs.toFixed(1),
          mixed.mainMs.toFixed(1),
          mixed.collectionMs.toFixed(1),
          percent(mixed.waitedShare),
        ],
      ],
    ),
    `**Goals**\n\n${table(
      ['', 'wanted', 'got', 'met'],
      goalsOf(results).map(({ text, wanted, got, isMet }) => [text, wanted, got, isMet ? 'yes' : 'no']),
    )}`,
  ].join('\n\n');
}

function answers(what: string, { perSecond, p50Ms, p99Ms }: Answered): string[] {
  return [what, whole(perSecond), p50Ms.toFixed(1), p99Ms.toFixed(1)];
}

function measurements(measured: readonly Measurement[], others: readonly string[]): string {
  return table(
    [
      '',
      'requests / CPU s',
      'least to most',
      ...others.map((other) => `to ${other}`),
      'requests / s',
      'p50, ms',
      'p99, ms',
      'waited',
      'resident, MiB',
    ],
    measured.map(({ server, perCpuSecond, perSecond, p50Ms, p99Ms, waitedShare, residentBytes }) => [
      server,
      whole(perCpuSecond.median),
      range(perCpuSecond),
      ...others.map((other) => ratioOf(measured, server, other).toFixed(2)),
      whole(perSecond.median),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      percent(waitedShare),
      mebibytes(residentBytes),
    ]),
  );
}

const range = ({ least, most }: Spread): string => `${whole(least)} to ${whole(most)}`;
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/** Names on the left, figures on the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
