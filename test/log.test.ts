import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NotFoundError,
  RememberedError,
  ThrottledError,
  TimedOutError,
  TooManyRequestsError,
  UnauthorizedError,
  UpstreamError,
} from '../src/errors.js';
import type { OperationEnded, ServerEvent, UsageEvent } from '../src/events.js';
import { createLog, type LogLevel, logLevels } from '../src/log.js';
import { createSecrets } from '../src/secrets.js';
import { iccidOf } from './support/iccids.js';
import { createLogLines } from './support/log-lines.js';
import { createManualClock } from './support/manual-clock.js';

const iccid = iccidOf('8944465400000267221');
const error = new UpstreamError('failing', 'answered 503', {
  delivery: 'answered',
  cause: new Error('upstream secret'),
});

/** The lines that a log writes of these events. */
function linesOf(level: LogLevel, events: readonly (UsageEvent | ServerEvent)[]): readonly string[] {
  const { report, lines } = createLogLines(level);
  for (const event of events) report(event);
  return lines;
}

const guide = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const logGuide = guide.slice(guide.indexOf('\n## Logs\n'), guide.indexOf('\n## Traces\n'));

const level = { debug: 20, info: 30, warn: 40, error: 50 };
const masked = '89…7221';

const ended: OperationEnded = {
  type: 'operation.ended',
  requestId: 'a-request',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  name: 'Screen',
  kind: 'query',
  status: 200,
  code: null,
  bug: null,
  tookMs: 7.6,
  answers: new Map([
    ['cache', 2],
    ['problem THROTTLED', 1],
  ]),
};

const written: readonly [event: UsageEvent | ServerEvent, line: Record<string, unknown>][] = [
  [
    { type: 'loader.answer', iccid, answer: 'cache' },
    { level: level.debug, iccid: masked, answer: 'cache' },
  ],
  [
    { type: 'loader.answer', iccid: null, answer: 'problem INVALID_ICCID' },
    { level: level.debug, answer: 'problem INVALID_ICCID' },
  ],
  [
    { type: 'cache.hit', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'cache.miss', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'cache.join', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'cache.fill', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'cache.stale', iccid, reason: 'TIMED_OUT' },
    { level: level.debug, iccid: masked, reason: 'TIMED_OUT' },
  ],
  [
    { type: 'cache.refresh', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'cache.failure', iccid, error, forMs: 1_000 },
    { level: level.debug, iccid: masked, error: 'failing: answered 503', remembered: false, forMs: 1_000 },
  ],
  [
    { type: 'fleet.hit', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'fleet.lost', detail: 'the server answers OOM' },
    { level: level.error, detail: 'the server answers OOM' },
  ],
  [{ type: 'fleet.found' }, { level: level.info }],
  [
    { type: 'scheduler.wait', iccid, ahead: 3 },
    { level: level.debug, iccid: masked, ahead: 3 },
  ],
  [
    { type: 'scheduler.turn', iccid, waitedMs: 250 },
    { level: level.debug, iccid: masked, waitedMs: 250 },
  ],
  [
    { type: 'scheduler.refused', iccid, retryAfterMs: 7 },
    { level: level.debug, iccid: masked, retryAfterMs: 7 },
  ],
  [
    { type: 'scheduler.paused', iccid: null, error: new TooManyRequestsError('company', null), forMs: 2_000 },
    {
      level: level.error,
      error: "the upstream's limit of the company is exceeded",
      remembered: false,
      forMs: 2_000,
    },
  ],
  [
    { type: 'scheduler.paused', iccid, error: new TooManyRequestsError('iccid', 60_000), forMs: 60_000 },
    {
      level: level.error,
      iccid: masked,
      error: "the upstream's limit of the iccid is exceeded",
      remembered: false,
      forMs: 60_000,
    },
  ],
  [
    { type: 'breaker.opened', error, forMs: 10_000 },
    { level: level.error, error: 'failing: answered 503', remembered: false, forMs: 10_000 },
  ],
  [
    { type: 'breaker.probe', iccid },
    { level: level.debug, iccid: masked },
  ],
  [{ type: 'breaker.closed' }, { level: level.info }],
  [
    { type: 'upstream.request', iccid },
    { level: level.debug, iccid: masked },
  ],
  [
    { type: 'upstream.reply', iccid, status: 200, tookMs: 12.345678901234567 },
    { level: level.info, iccid: masked, status: 200, tookMs: 12 },
  ],
  [
    { type: 'upstream.lost', iccid, fault: 'unanswered' },
    { level: level.debug, iccid: masked, fault: 'unanswered' },
  ],
  [
    { type: 'upstream.failed', iccid, error },
    { level: level.warn, iccid: masked, error: 'failing: answered 503', remembered: false },
  ],
  [
    { type: 'upstream.retry', iccid, error },
    { level: level.debug, iccid: masked, error: 'failing: answered 503', remembered: false },
  ],
  [
    { type: 'upstream.businessCode', iccid, code: 73 },
    { level: level.warn, iccid: masked, code: 73 },
  ],
  [
    { type: 'upstream.businessCode', iccid, code: 894446540000026 },
    { level: level.warn, iccid: masked, code: null },
  ],
  [
    { type: 'upstream.statusUnknown', iccid, statusCode: 'SUSPENDED' },
    { level: level.warn, iccid: masked, statusCode: 'SUSPENDED' },
  ],
  [
    { type: 'upstream.statusUnknown', iccid, statusCode: '<b>what "upstream" says</b>' },
    { level: level.warn, iccid: masked },
  ],
  [
    { type: 'upstream.expiryUnreadable', iccid },
    { level: level.warn, iccid: masked },
  ],
  [{ type: 'token.request' }, { level: level.debug }],
  [
    { type: 'token.reply', status: 200, tookMs: 12 },
    { level: level.debug, status: 200, tookMs: 12 },
  ],
  [
    { type: 'token.lost', fault: 'unreachable' },
    { level: level.debug, fault: 'unreachable' },
  ],
  [
    { type: 'token.renewed', lifetimeMs: 86_400_000 },
    { level: level.info, lifetimeMs: 86_400_000 },
  ],
  [
    { type: 'token.failed', error: new RememberedError(error, 30_000), retryAfterMs: 30_000 },
    { level: level.error, error: 'failing: answered 503', remembered: true, retryAfterMs: 30_000 },
  ],
  [{ type: 'token.rejected' }, { level: level.warn }],
  [
    ended,
    {
      level: level.info,
      requestId: 'a-request',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      name: 'Screen',
      kind: 'query',
      status: 200,
      code: null,
      tookMs: 8,
      answers: { cache: 2, 'problem THROTTLED': 1 },
    },
  ],
  [
    {
      type: 'operation.ended',
      requestId: 'a-request',
      traceId: null,
      name: null,
      kind: 'query',
      status: 200,
      code: 'INTERNAL_SERVER_ERROR',
      bug: new TypeError('a bug'),
      tookMs: 1,
      answers: new Map(),
    },
    {
      level: level.error,
      requestId: 'a-request',
      traceId: null,
      name: null,
      kind: 'query',
      status: 200,
      code: 'INTERNAL_SERVER_ERROR',
      bug: { error: 'TypeError', message: 'a bug', at: [] },
      tookMs: 1,
      answers: {},
    },
  ],
];

describe('the log', () => {
  it.each(written)('writes one line of an event: $type', (event, line) => {
    const [text = '', ...more] = linesOf('trace', [event]);
    expect(more).toEqual([]);
    expect(text).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(text)).toEqual({
      ...line,
      msg: event.type,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it.each(written)('stands in the guide for operations with its level: $type', ({ type }, line) => {
    const names = [type, type.replace(/\..*/, '.*')].map((name) => `\`${name}\``);
    const rows = [...logGuide.matchAll(/^\| (.*?) \| (\w+) \|/gm)].filter(([, events = '']) =>
      names.some((name) => events.split(/, | with /).includes(name)),
    );
    const levelName = Object.entries(level).find(([, worth]) => worth === line.level)?.[0];
    expect(rows.map(([, , shown]) => shown)).toContain(levelName);
  });

  it.each(logLevels)('writes nothing that is worth less than its level: %s', (chosen) => {
    const least = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 }[chosen];
    const lines = linesOf(
      chosen,
      written.map(([event]) => event),
    );
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      written.filter(([, line]) => Number(line.level) >= least).map(([event]) => event.type),
    );
  });

  it('never writes a whole ICCID or a word of the upstream', () => {
    const anyIccid = fc
      .string({ unit: fc.constantFrom(...'0123456789'), minLength: 15, maxLength: 22 })
      .map(iccidOf);
    const anyError = fc.constantFrom(
      error,
      new NotFoundError(),
      new ThrottledError(1_000),
      new TooManyRequestsError('iccid', 1_000),
      new TimedOutError(1_000),
      new UnauthorizedError('token refused', 'answered'),
      new RememberedError(error, 1_000),
    );
    fc.assert(
      fc.property(
        fc.array(anyIccid, { minLength: 1 }),
        fc.nat(written.length - 1),
        anyError,
        (iccids, at, cause) => {
          const events = iccids.flatMap((each) =>
            written.slice(at).map(([event]) => ({
              ...event,
              ...('iccid' in event && { iccid: each }),
              ...('error' in event && { error: cause }),
            })),
          );
          const lines = linesOf('trace', events);
          expect(lines).toHaveLength(events.length);
          expect(lines.filter((line) => /\d{15}|upstream secret/.test(line))).toEqual([]);
        },
      ),
    );
  });

  it('keeps a line short, however long an operation’s name is', () => {
    const [line = ''] = linesOf('info', [
      {
        type: 'operation.ended',
        requestId: 'a-request',
        traceId: null,
        name: 'N'.repeat(100_000),
        kind: 'query',
        status: 200,
        code: null,
        bug: null,
        tookMs: 1,
        answers: new Map(),
      },
    ]);
    expect(JSON.parse(line).name).toBe('N'.repeat(500));
  });

  it('hides secrets and ICCIDs wherever they stand', () => {
    const { report, lines } = createLogLines('info', createSecrets(['a-secret-of-ours']));
    report({
      type: 'operation.ended',
      requestId: 'Basic:YS1zZWNyZXQtb2Ytb3Vycw',
      traceId: null,
      name: 'Of8944465400000267221',
      kind: 'query',
      status: 200,
      code: 'a-secret-of-ours',
      bug: new Error('a-secret-of-ours of 8944465400000267221'),
      tookMs: 1,
      answers: new Map(),
    });
    expect(JSON.parse(lines.join(''))).toMatchObject({
      requestId: 'Basic:[secret]w',
      name: 'Of89…7221',
      code: '[secret]',
      bug: { message: '[secret] of 89…7221' },
    });
  });
});

describe('lines that are written together', () => {
  it('are scrubbed as all others, and come before what is written at once', () => {
    const texts: string[] = [];
    const secrets = createSecrets(['a-secret-of-ours']);
    const output = { write: (text: string) => texts.push(text) };
    const log = createLog({ level: 'info', secrets, output, clock: createManualClock() });
    for (const name of ['a-secret-of-ours', 'Of8944465400000267221']) log.report({ ...ended, name });
    expect(texts).toEqual([]);
    log.ending('SIGTERM');
    expect(
      texts.map((text) =>
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    ).toMatchObject([[{ name: '[secret]' }, { name: 'Of89…7221' }], [{ msg: 'process.ending' }]]);
  });
});

describe('the log of a process', () => {
  it('says by which signal it was told to end', () => {
    const { ending, lines } = createLogLines('info');
    ending('SIGTERM');
    ending(null);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: level.info, msg: 'process.ending', signal: 'SIGTERM' },
      { level: level.info, msg: 'process.ending', signal: null },
    ]);
  });

  it('says how many lines were dropped', () => {
    const { dropped, lines } = createLogLines('info');
    dropped(3);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: level.warn, msg: 'log.dropped', lines: 3 },
    ]);
  });

  it('says in one line what nobody caught, where in this package, and no secret', () => {
    const { fatal, lines } = createLogLines('fatal', createSecrets(['a-secret-of-ours']));
    const failure = new TypeError(`no a-secret-of-ours\nfor 8944465400000267221 ${'x'.repeat(1_000)}`);
    const root = new URL('../src/', import.meta.url);
    failure.stack = `TypeError: no a-secret-of-ours
    at read (${root}cache/cache.js:7:9)
    at ${root}main.js:1:2
    at node:internal/timers:581:17
    at file:///elsewhere/node_modules/another/index.js:3:4`;
    fatal(failure);
    const [line = '', ...more] = lines;
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toEqual({
      level: 60,
      time: expect.any(String),
      msg: 'process.failed',
      error: 'TypeError',
      message: `no [secret]\nfor 89…7221 ${'x'.repeat(1_000)}`.slice(0, 500),
      at: ['cache/cache.js:7:9', 'main.js:1:2'],
    });
  });

  it.each([
    ['a text', 'string', 'a text'],
    [undefined, 'undefined', 'undefined'],
  ])('says what was thrown that is no error: %s', (thrown, error, message) => {
    const { fatal, lines } = createLogLines('fatal');
    fatal(thrown);
    expect(JSON.parse(lines.join(''))).toMatchObject({ error, message, at: [] });
  });
});
