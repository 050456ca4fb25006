import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Authentication, Viewer } from '../auth/viewer.js';
import type { FastAnswer, FastLane } from '../fast-lane/lane.js';
import { isTraced } from '../tracing/operation-span.js';
import { plainLength, questionIn } from './fast-request.js';
import type { ReportEnd } from './operations.js';
import { requestIdHeader, requestIdOf, safeHeaders } from './reply-headers.js';
import { limit, slowestMs } from './slow-readers.js';
import { createTurnEnd } from './turn-end.js';

export interface FastHandlerOptions {
  readonly lane: FastLane<Viewer>;
  readonly authentication: Authentication;
  /** The media type that is answered to an `Accept`. Undefined where nobody has been answered to such a one yet. */
  readonly mediaTypeFor: (accept: string | undefined) => string | undefined;
  /** The longest that a client may take for an answer, beside what a slow network needs. */
  readonly answerTimeoutMs: number;
  readonly report: ReportEnd;
  /** Whether everything goes the other way at present. */
  readonly isClosed: () => boolean;
}

/**
 * Stands in front of a server: answers by the fast lane what is plainly for it, and hands on everything else as it came. What it does not
 * understand of a request it does not touch.
 */
export function createFastHandler(options: FastHandlerOptions, slow: RequestListener): RequestListener {
  const { lane, authentication, mediaTypeFor, answerTimeoutMs, report, isClosed } = options;
  const commonHeaders = [
    ...Object.entries(safeHeaders).flat(),
    ...(authentication.header === null ? [] : ['vary', authentication.header]),
  ];
  const atTurnEnd = createTurnEnd();

  function answerTo({ headers }: IncomingMessage, bytes: Buffer): FastAnswer | null {
    const viewer = authentication.recognise(headers);
    const question = viewer && questionIn(bytes);
    return question && lane.answer(question, viewer);
  }

  function send(response: ServerResponse, requestId: string, mediaType: string, answer: FastAnswer): void {
    const { text, cacheControl } = answer;
    response.writeHead(200, [
      ...commonHeaders,
      requestIdHeader,
      requestId,
      'content-type',
      mediaType,
      'content-length',
      String(text.length),
      'cache-control',
      cacheControl,
    ]);
    // It is of ASCII, of which Node takes a character for a byte then, and need not find room for three.
    response.end(text, 'latin1');
    // Most answers are with the system by now.
    if (response.writableLength > 0) limit(response, answerTimeoutMs + slowestMs(text.length));
  }

  return (request, response) => {
    const beganMs = performance.now();
    const length = isClosed() || isTraced() ? null : plainLength(request);
    const mediaType = length === null ? undefined : mediaTypeFor(request.headers.accept);
    if (mediaType === undefined) {
      slow(request, response);
      return;
    }
    request.once('data', (bytes: Buffer) => {
      const answer = bytes.length === length ? answerTo(request, bytes) : null;
      if (answer === null) {
        request.pause();
        request.unshift(bytes);
        slow(request, response);
        return;
      }
      const requestId = requestIdOf(request);
      // What is served is what was fresh now, whatever comes in meanwhile.
      const answers = answer.readings.take();
      atTurnEnd(() => {
        send(response, requestId, mediaType, answer);
        report({
          type: 'operation.ended',
          requestId,
          traceId: null,
          name: answer.name,
          kind: 'query',
          status: 200,
          code: null,
          bug: null,
          tookMs: performance.now() - beganMs,
          answers,
        });
      });
    });
  };
}
