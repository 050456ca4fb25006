import { parseArgs } from 'node:util';
import type { Clock } from './clock.js';
import type { EsimUsageModule } from './module.js';
import { expiryOf, type UsageReading, type UsageResult } from './usage.js';

/** What `check` takes, for `--help`. */
export const checkUsage = `esim-usage-gateway check [flags] ICCID…

Reads how much is left of each eSIM, from the upstream that the environment names, and prints a table. Waits as long as the upstream's
limits demand. They are the company's: a gateway that runs on the same credentials knows of these calls only where both have the same
REDIS_URL, so ask that one where they have none. Ends with 0 when there is a reading of each, and with 1 when there is none of some.

  --json       prints an array of what the GraphQL API answers for each, for scripts
  --simulator  asks a simulator instead; without an ICCID, for one of each kind
`;

/** What was asked for on the command line. */
export interface CheckArguments {
  readonly iccids: readonly string[];
  readonly json: boolean;
  readonly simulator: boolean;
}

/** Throws when the arguments mean nothing. */
export function checkArgumentsOf(args: readonly string[]): CheckArguments {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: flag, simulator: flag },
  });
  if (positionals.length === 0 && !values.simulator) throw new TypeError('No ICCID was given.');
  return { ...values, iccids: positionals };
}

export interface CheckOptions {
  readonly module: Pick<EsimUsageModule, 'createContext'>;
  readonly iccids: readonly string[];
  readonly clock: Clock;
  /** Told how many have been answered for. */
  readonly onProgress: (answered: number) => void;
}

/** Nobody who is told to come back later than this beside what the queue itself takes is waited for. */
const patienceMs = 120_000;
/** More than any gateway takes for each in a long queue. */
const patienceEachMs = 300;

/** Reads them all, each in an operation of its own, and comes back for those that are refused when they were told to. In their order. */
export async function check(options: CheckOptions): Promise<UsageResult[]> {
  const { module, iccids, clock, onProgress } = options;
  const untilMs = clock.now() + patienceMs + iccids.length * patienceEachMs;
  let answered = 0;

  async function read(iccid: string): Promise<UsageResult> {
    for (;;) {
      const result = await module.createContext().esimUsage.load(iccid);
      const againMs = comeBackMs(result);
      if (againMs === null || clock.now() + againMs > untilMs) return result;
      await new Promise<void>((resolve) => clock.after(againMs, resolve));
    }
  }

  return Promise.all(
    iccids.map(async (iccid) => {
      const result = await read(iccid);
      answered += 1;
      onProgress(answered);
      return result;
    }),
  );
}

/** Null for what coming back does not change, or not soon. */
function comeBackMs(result: UsageResult): number | null {
  if (result.kind === 'reading' || result.code !== 'THROTTLED') return null;
  return result.retryAfterSeconds === null ? null : result.retryAfterSeconds * 1_000;
}

/** Results as the GraphQL API answers them, for `JSON.stringify`. */
export function inJson(results: readonly UsageResult[], toDate: Clock['toDate']): object[] {
  return results.map((result) => {
    if (result.kind === 'problem') {
      const { iccid, code, message, retryAfterSeconds } = result;
      return { __typename: 'EsimUsageProblem', requestedIccid: iccid, code, message, retryAfterSeconds };
    }
    const { kind: _kind, fetchedAtMs, asOfNotBeforeMs, freshUntilMs, staleReason, ...others } = result;
    const { expiresAtSeconds: _seconds, ...facts } = others;
    const freshness = {
      fetchedAt: toDate(fetchedAtMs),
      asOfNotBefore: toDate(asOfNotBeforeMs),
      freshUntil: toDate(freshUntilMs),
      staleReason,
    };
    return { __typename: 'EsimUsage', ...facts, expiresAt: expiryOf(result), freshness };
  });
}

const headings = ['ICCID', 'STATUS', 'DATA', 'VOICE', 'TEXT', 'ENDS', 'NOT OLDER THAN', 'NOTE'];
const units = { MEGABYTES: 'MB', MINUTES: 'min', MESSAGES: 'messages' } as const;
const unknown = '–';

/** Results as a table, a line for each. `iccids` are as they were asked for. */
export function inTable(
  iccids: readonly string[],
  results: readonly UsageResult[],
  toDate: Clock['toDate'],
): string {
  const rows = results.map((result, index) => {
    const asked = printable(iccids[index] ?? '');
    if (result.kind === 'reading') return [asked, ...cellsOf(result, toDate)];
    const again = result.retryAfterSeconds === null ? '' : ` Again in ${result.retryAfterSeconds} s.`;
    return [asked, result.code, ...Array<string>(5).fill(unknown), `${result.message}${again}`];
  });
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return [headings, ...rows].map((cells) => `${line(cells).trimEnd()}\n`).join('');
}

function cellsOf(reading: UsageReading, toDate: Clock['toDate']): string[] {
  const { status, statusCode, isUnlimited, data, voice, text, staleReason } = reading;
  const expiresAt = expiryOf(reading);
  const left = (quota: UsageReading['data']): string =>
    quota === null ? unknown : `${quota.remaining} of ${quota.total} ${units[quota.unit]}`;
  const notes = [
    ...(reading.environment === 'SANDBOX' ? ['mock numbers'] : []),
    ...(staleReason === null ? [] : [`old: ${staleReason}`]),
    ...(statusCode === status ? [] : [`the upstream says ${printable(statusCode)}`]),
  ];
  return [
    status,
    isUnlimited ? 'unlimited' : left(data),
    left(voice),
    left(text),
    expiresAt === null ? unknown : inUtc(expiresAt),
    inUtc(toDate(reading.asOfNotBeforeMs)),
    notes.join('; '),
  ];
}

/** To the second, as people write it: `2026-01-31 12:00:00Z`. */
function inUtc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Without what a terminal would take for a command. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
