import { type Clock, createSystemClock } from './clock.js';
import type { Report } from './events.js';
import { alone } from './fleet/alone.js';
import type { JoinFleet } from './fleet/fleet.js';
import type { CacheControlScope } from './generated/enums.js';
import { isConfidential } from './loopback.js';
import type { SchemaOptions } from './schema/options.js';
import type { Authorize } from './usage.js';

/** How to make an eSIM usage module. Only the credentials have no default. */
export interface EsimUsageModuleOptions<Request = unknown> extends Partial<Figures> {
  /** The company's client id at the Airalo Partner API. */
  readonly clientId: string;
  /** Its secret. Leaves this process only in token requests. */
  readonly clientSecret: string;
  /**
   * The upstream's origin; `https:` unless it is on this machine.
   * @default 'https://partners-api.airalo.com'
   */
  readonly baseUrl?: string | undefined;
  /**
   * Whether the company is in sandbox mode: readings say so, and the upstream repeats them for 60 minutes, not 20.
   * @default false
   */
  readonly sandbox?: boolean | undefined;
  /**
   * Who may keep an answer while it is fresh: only the client that asked, or every cache on the way too.
   * @default 'PRIVATE'
   */
  readonly cacheScope?: CacheControlScope | undefined;
  /**
   * Decides who may see what: which of these eSIMs the request may, as `createContext` was given it. Asked once for all that an
   * operation names together, and before anything is read; the others then look like eSIMs that nobody knows. When it rejects, or an
   * operation's deadline comes first, nothing is read for anybody.
   * @default all of them
   */
  readonly authorize?: Authorize<Request> | undefined;
  /**
   * The other processes of the company, with which this one shares the upstream's limits and what is read: `redisFleet` of
   * `esim-usage-gateway/fleet` has one.
   * @default none
   */
  readonly fleet?: JoinFleet | undefined;
  /**
   * How the schema fits into what is there.
   * @default a schema of its own, and no subgraph
   */
  readonly schema?: SchemaOptions | undefined;
  /**
   * Where the module says what it does. What it throws becomes a warning of the process, and changes nothing else.
   * @default a function that does nothing
   */
  readonly report?: Report | undefined;
  /**
   * Told of each secret that the module comes to hold, before it is used, so that a log can hide it: the upstream's tokens. What it throws
   * is treated as that of `report`.
   * @default a function that does nothing
   */
  readonly onSecret?: ((secret: string) => void) | undefined;
  /**
   * The time that everything goes by.
   * @default the machine's clock
   */
  readonly clock?: Clock | undefined;
  /**
   * A number from 0 to 1, to spread what would otherwise come back in step.
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
}

/** Every figure of a module. Whole numbers, each within its range in `figures`. */
export interface Figures {
  /** The longest that an operation waits for its readings, in milliseconds. */
  readonly deadlineMs: number;
  /** Most different ICCIDs that one operation may name. */
  readonly maxIccids: number;
  /** Most different eSIMs that a gateway may name in one operation, on behalf of other subgraphs. */
  readonly maxReferences: number;
  /** Most calls that may wait for a slot. */
  readonly maxWaiting: number;
  /** The longest that one call to the upstream may take, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Most calls of the company, tokens included, in any `companyWindowMs` (Airalo Partner API documentation). */
  readonly companyRequests: number;
  /** The company limit's window, in milliseconds. */
  readonly companyWindowMs: number;
  /** Most calls for one ICCID in any `iccidWindowMs` (Airalo Partner API documentation). */
  readonly iccidRequests: number;
  /** The ICCID limit's window, in milliseconds. */
  readonly iccidWindowMs: number;
  /** Most token requests in any `tokenWindowMs` (Airalo Partner API documentation). */
  readonly tokenRequests: number;
  /** The token limit's window, in milliseconds. */
  readonly tokenWindowMs: number;
  /**
   * For how long after it was made the module asks nothing, in milliseconds. A process that was killed and started again cannot
   * know what the one before it sent last. 0 where there was none, as before a simulator of one's own.
   */
  readonly quietStartMs: number;
  /** For how long the upstream repeats a usage reply, in milliseconds (Airalo Partner API documentation). */
  readonly upstreamCacheMs: number;
  /** Most ICCIDs that the cache keeps. */
  readonly cacheMaxEntries: number;
  /** For how long an operation waits for a new reading when an old one is at hand, in milliseconds. */
  readonly softWaitMs: number;
  /** For how long after it was fetched a reading may be served when no newer one can be had, in milliseconds. */
  readonly staleMs: number;
  /** So many eSIMs in a row that cannot be read open the circuit: then one call at a time finds out whether the upstream is back. */
  readonly breakerFailures: number;
  /** For how long nothing is sent before that call, in milliseconds. */
  readonly breakerMs: number;
  /** For how long an ICCID that is not found stays so, in milliseconds. */
  readonly notFoundMs: number;
  /** For how long a recycled eSIM is not asked for again, in milliseconds. */
  readonly recycledMs: number;
}

/** What a figure may be, and what it is when nothing is said. */
export interface Figure {
  readonly least: number;
  readonly most: number;
  readonly default: number;
  /** The default in sandbox mode, where it differs. */
  readonly sandboxDefault?: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The ranges and defaults of all figures. */
export const figures: { readonly [Name in keyof Figures]: Figure } = {
  deadlineMs: { least: 100, most: minuteMs, default: 8_000 },
  maxIccids: { least: 1, most: 10_000, default: 100 },
  maxReferences: { least: 1, most: 10_000, default: 200 },
  maxWaiting: { least: 0, most: 100_000, default: 1_000 },
  callTimeoutMs: { least: 100, most: minuteMs, default: 10_000 },
  companyRequests: { least: 1, most: 1_000, default: 5 },
  companyWindowMs: { least: 1, most: dayMs, default: 1_000 },
  iccidRequests: { least: 1, most: 1_000, default: 10 },
  iccidWindowMs: { least: 1, most: dayMs, default: minuteMs },
  tokenRequests: { least: 1, most: 1_000, default: 3 },
  tokenWindowMs: { least: 1, most: dayMs, default: minuteMs },
  quietStartMs: { least: 0, most: minuteMs, default: 3_000 },
  upstreamCacheMs: { least: 0, most: dayMs, default: 20 * minuteMs, sandboxDefault: hourMs },
  cacheMaxEntries: { least: 1, most: 10_000_000, default: 100_000 },
  softWaitMs: { least: 0, most: minuteMs, default: 300 },
  staleMs: { least: 0, most: 30 * dayMs, default: dayMs },
  breakerFailures: { least: 1, most: 1_000, default: 5 },
  breakerMs: { least: 1, most: hourMs, default: 10_000 },
  notFoundMs: { least: 0, most: dayMs, default: 5 * minuteMs },
  recycledMs: { least: 0, most: 30 * dayMs, default: dayMs },
};

/** The names of all figures, in the order in which they are documented. */
export const figureNames = Object.keys(figures).filter((name): name is keyof Figures => name in figures);

/** Options with nothing left open. */
export type Settings<Request = unknown> = {
  readonly [Name in keyof Omit<EsimUsageModuleOptions, 'authorize'>]-?: NonNullable<
    EsimUsageModuleOptions[Name]
  >;
} & Pick<EsimUsageModuleOptions<Request>, 'authorize'>;

/** Fills in the defaults. Throws a `RangeError` or `TypeError` that says what was expected and, but for secrets, what it got. */
export function settingsOf<Request>(options: EsimUsageModuleOptions<Request>): Settings<Request> {
  for (const name of ['clientId', 'clientSecret'] as const)
    if (typeof options[name] !== 'string' || options[name] === '')
      throw new TypeError(`${name}: expected a text that is not empty`);
  const baseUrl = options.baseUrl ?? 'https://partners-api.airalo.com';
  const fault = baseUrlFault(baseUrl);
  if (fault !== null) throw new TypeError(`baseUrl: ${fault}`);

  if (options.authorize !== undefined && options.cacheScope === 'PUBLIC')
    throw new TypeError('cacheScope: expected PRIVATE where not everybody may see everything, got PUBLIC');

  const sandbox = options.sandbox ?? false;
  const figure = (name: keyof Figures): number => {
    const { default: ordinary, sandboxDefault = ordinary } = figures[name];
    const value = options[name] ?? (sandbox ? sandboxDefault : ordinary);
    const expected = figureFault(name, value);
    if (expected !== null) throw new RangeError(`${name}: ${expected}, got ${value}`);
    return value;
  };
  return {
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    baseUrl,
    sandbox,
    cacheScope: options.cacheScope ?? 'PRIVATE',
    authorize: options.authorize,
    fleet: options.fleet ?? alone,
    schema: options.schema ?? {},
    report: harmless(options.report),
    onSecret: harmless(options.onSecret),
    clock: options.clock ?? createSystemClock(),
    random: options.random ?? Math.random,
    deadlineMs: figure('deadlineMs'),
    maxIccids: figure('maxIccids'),
    maxReferences: figure('maxReferences'),
    maxWaiting: figure('maxWaiting'),
    callTimeoutMs: figure('callTimeoutMs'),
    companyRequests: figure('companyRequests'),
    companyWindowMs: figure('companyWindowMs'),
    iccidRequests: figure('iccidRequests'),
    iccidWindowMs: figure('iccidWindowMs'),
    tokenRequests: figure('tokenRequests'),
    tokenWindowMs: figure('tokenWindowMs'),
    quietStartMs: figure('quietStartMs'),
    upstreamCacheMs: figure('upstreamCacheMs'),
    cacheMaxEntries: figure('cacheMaxEntries'),
    softWaitMs: figure('softWaitMs'),
    staleMs: figure('staleMs'),
    breakerFailures: figure('breakerFailures'),
    breakerMs: figure('breakerMs'),
    notFoundMs: figure('notFoundMs'),
    recycledMs: figure('recycledMs'),
  };
}

/** A call that has its slot must not be lost because somebody's log fails. */
function harmless<T>(tell: (what: T) => void = () => undefined): (what: T) => void {
  return (what) => {
    try {
      tell(what);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
}

/** What was expected of a figure that is out of its range. Null when it is within. */
export function figureFault(name: keyof Figures, value: number): string | null {
  const { least, most } = figures[name];
  if (Number.isInteger(value) && value >= least && value <= most) return null;
  return `expected a whole number from ${least} to ${most}`;
}

/** What was expected of an upstream's address that is none, or would send the secret in the clear. Null when it is fine. */
export function baseUrlFault(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.href !== `${url.origin}/`)
    return 'expected an origin such as https://partners-api.airalo.com';
  if (isConfidential(url)) return null;
  return 'expected https: (http: only for this machine)';
}
