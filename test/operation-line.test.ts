import fc from 'fast-check';
import pino from 'pino';
import { expect, it } from 'vitest';
import type { OperationEnded } from '../src/events.js';
import { operationLine } from '../src/operation-line.js';

const time = ',"time":"2026-01-01T12:00:00.000Z"';
const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const anyEvent: fc.Arbitrary<OperationEnded> = fc.record({
  type: fc.constant('operation.ended'),
  requestId: anyText,
  traceId: fc.option(anyText),
  name: fc.option(fc.oneof(anyText, fc.constant('N'.repeat(1_000)))),
  kind: fc.constantFrom('query', 'mutation', 'subscription', null),
  status: fc.option(fc.integer({ min: 100, max: 599 })),
  code: fc.option(anyText),
  bug: fc.constant(null),
  tookMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  answers: fc
    .array(fc.tuple(fc.constantFrom('cache', 'stale REFRESHING', 'problem THROTTLED'), fc.nat()))
    .map((counts) => new Map(counts)),
});

/** What pino makes of the same. */
function linesOfPino({ type, bug: _bug, name, tookMs, answers, ...event }: OperationEnded): string[] {
  const { requestId, traceId, kind, status, code } = event;
  const lines: string[] = [];
  const logger = pino({ base: null, timestamp: () => time }, { write: (line) => lines.push(line) });
  const fields = { requestId, traceId, name: name?.slice(0, 500) ?? null, kind, status, code };
  logger.info({ ...fields, tookMs: Math.round(tookMs), answers: Object.fromEntries(answers) }, type);
  return lines;
}

it('the line of an operation is byte for byte what pino would write', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect([operationLine(event, time)]).toEqual(linesOfPino(event));
    }),
  );
});
