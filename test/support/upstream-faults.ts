import type { Exchange, Intercept } from 'esim-usage-gateway/simulator';
import { faults } from './faults.js';
import type { Answer } from './start-gateway.js';
import { problem, reading } from './usage-answers.js';

/** How the upstream answers a request: the `nth` of its kind, from 0. */
export type Bend = (exchange: Exchange, nth: number) => ReturnType<Intercept>;

/** What can go wrong between gateway and upstream for as long as it lasts, and what a client is told of it. */
export interface UpstreamFault {
  readonly name: string;
  readonly usage?: Bend;
  readonly token?: Bend;
  /** Whether nobody listens at the upstream any more. */
  readonly isGone?: boolean;
  /** Whether the gateway got a token before. */
  readonly hasToken?: boolean;
  /** What one is told who has no reading of that eSIM. */
  readonly cold: (iccid: string) => Answer;
  /** What one is told who has an old one. */
  readonly stale: (iccid: string) => Answer;
}

type Told = Pick<UpstreamFault, 'cold' | 'stale'>;

const timedOut: Told = {
  cold: (iccid) => problem(iccid, 'TIMED_OUT', 1),
  stale: (iccid) => reading(iccid, 'REFRESHING'),
};
const notFound: Told = alike((iccid) => problem(iccid, 'NOT_FOUND', null));
const unavailableFor = (seconds: number): Told => ({
  cold: (iccid) => problem(iccid, 'UNAVAILABLE', seconds),
  stale: (iccid) => reading(iccid, 'UNAVAILABLE'),
});
/** The seconds are such that waiting for 8 more is of use then. */
const throttledFor = (seconds: number): Told => ({
  cold: (iccid) => problem(iccid, 'THROTTLED', seconds),
  stale: (iccid) => reading(iccid, 'THROTTLED'),
});
/** It is asked for once more, which who has an old reading does not wait for. */
const onceMore = ({ cold }: Told): Told => ({ cold, stale: (iccid) => reading(iccid, 'REFRESHING') });

function alike(told: Told['cold']): Told {
  return { cold: told, stale: told };
}

/** Another status, whose body and headers say all that the simulator's own answer did. */
function status(code: number, headers: Readonly<Record<string, string>> = {}): Bend {
  return ({ reply }) => ({ ...reply, status: code, headers: { ...reply.headers, ...headers } });
}

function body(text: (own: string) => string): Bend {
  return ({ reply }) => ({ ...reply, body: text(String(reply.body)) });
}

function hang(after: 'nothing' | 'head' | 'half'): Bend {
  return ({ reply }) => ({ ...reply, kind: 'broken', after, end: 'hang' });
}

/** Byte after byte, and more of them than anybody waits for. */
const trickle: Bend = ({ reply }) => ({
  ...reply,
  kind: 'trickled',
  body: `${reply.body}${' '.repeat(60_000)}`,
  everyMs: 1,
});

const reset: Bend = ({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'reset' });

const html: Bend = ({ reply }) => ({
  ...reply,
  status: 502,
  headers: { ...reply.headers, 'Content-Type': 'text/html' },
  body: `<html><body>Bad gateway: ${reply.body}</body></html>`,
});

/** Of a 422: the codes are the documentation's. */
const businessCode = (code: number): Bend => {
  return ({ reply }) => ({
    ...reply,
    status: 422,
    body: JSON.stringify({ code, reason: String(reply.body) }),
  });
};

const endless: Bend = ({ reply }) => ({
  kind: 'raw',
  bytes: `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${reply.body}${' '.repeat(1_000_000)}`,
});

const elsewhere = { Location: 'https://elsewhere.example/?MARKER' };
const wrongTypes = { total: '2048 MB', remaining: -1, is_unlimited: 'no' };
const untold = { data: { total: 2_048 } };

const usageFaults: readonly UpstreamFault[] = [
  { name: 'no headers', usage: hang('nothing'), ...timedOut },
  { name: 'headers and no body', usage: hang('head'), ...timedOut },
  { name: 'half a body', usage: hang('half'), ...timedOut },
  { name: 'a body that trickles', usage: trickle, ...timedOut },
  ...faults.map(({ name, bend, fault }) => ({
    name,
    usage: bend,
    ...unavailableFor(fault === 'garbled' ? 30 : 1),
  })),
  { name: 'an endless body', usage: endless, ...unavailableFor(30) },
  { name: 'nobody who listens', isGone: true, hasToken: true, ...unavailableFor(1) },
  { name: '500', usage: status(500), ...unavailableFor(1) },
  { name: '502 in HTML', usage: html, ...unavailableFor(1) },
  { name: '503', usage: status(503), ...unavailableFor(1) },
  { name: '503 for 2 seconds', usage: status(503, { 'Retry-After': '2' }), ...onceMore(unavailableFor(2)) },
  { name: '503 for 30 seconds', usage: status(503, { 'Retry-After': '30' }), ...unavailableFor(30) },
  { name: '504', usage: status(504), ...unavailableFor(1) },
  { name: 'text that is no JSON', usage: body((own) => own.slice(0, -1)), ...unavailableFor(30) },
  { name: 'a byte order mark', usage: body((own) => `\ufeff${own}`), ...unavailableFor(30) },
  { name: 'an empty body', usage: body(() => ''), ...unavailableFor(30) },
  { name: 'null', usage: body(() => 'null'), ...unavailableFor(30) },
  { name: 'an array', usage: body((own) => `[${own}]`), ...unavailableFor(30) },
  { name: 'wrong types', usage: body(() => JSON.stringify({ data: wrongTypes })), ...unavailableFor(30) },
  { name: 'missing fields', usage: body(() => JSON.stringify(untold)), ...unavailableFor(30) },
  { name: 'a redirect to another host', usage: status(302, elsewhere), ...unavailableFor(30) },
  {
    name: '401 once',
    usage: (exchange, nth) => (nth === 0 ? status(401)(exchange, nth) : undefined),
    ...alike((iccid) => reading(iccid)),
  },
  { name: '401 always', usage: status(401), ...unavailableFor(60) },
  { name: '403', usage: status(403), ...unavailableFor(60) },
  { name: '404', usage: status(404), ...notFound },
  { name: '422', usage: status(422), ...notFound },
  { name: '422 with code 13', usage: businessCode(13), ...unavailableFor(60) },
  {
    name: '422 with code 73',
    usage: businessCode(73),
    ...alike((iccid) => reading(iccid, null, 'RECYCLED')),
  },
  { name: '429', usage: status(429), ...onceMore(throttledFor(2)) },
  { name: '429 for 2 seconds', usage: status(429, { 'Retry-After': '2' }), ...onceMore(throttledFor(2)) },
  { name: '429 for 30 seconds', usage: status(429, { 'Retry-After': '30' }), ...throttledFor(23) },
  { name: '429 for ever', usage: status(429, { 'Retry-After': '1e9' }), ...throttledFor(53) },
  {
    name: '429 until a date',
    usage: status(429, {
      Date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      'Retry-After': 'Thu, 01 Jan 2026 00:00:30 GMT',
    }),
    ...throttledFor(23),
  },
  {
    name: '429 until a date that has passed',
    usage: status(429, { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' }),
    ...onceMore(throttledFor(1)),
  },
  { name: '429 for -5', usage: status(429, { 'Retry-After': '-5' }), ...onceMore(throttledFor(2)) },
  { name: '429 for "soon"', usage: status(429, { 'Retry-After': 'soon' }), ...onceMore(throttledFor(2)) },
  { name: '429 for one ICCID', usage: status(429, { 'X-RateLimit-Limit': '10' }), ...throttledFor(53) },
];

const tokenFaults: readonly UpstreamFault[] = [
  { name: 'no token and nobody who listens', isGone: true, ...unavailableFor(30) },
  { name: 'a token request without an answer', token: hang('nothing'), ...timedOut },
  { name: 'a token that trickles', token: trickle, ...timedOut },
  { name: 'a token request that is reset', token: reset, ...unavailableFor(30) },
  { name: 'a token request answered 401', token: status(401), ...unavailableFor(60) },
  { name: 'a token request answered 500', token: status(500), ...unavailableFor(30) },
  { name: 'a token request answered 502 in HTML', token: html, ...unavailableFor(30) },
  { name: 'a token request answered 429', token: status(429), ...throttledFor(60) },
  {
    name: 'a token request answered with what is no token',
    token: body((own) => own.slice(1)),
    ...unavailableFor(30),
  },
];

export const upstreamFaults: readonly UpstreamFault[] = [...usageFaults, ...tokenFaults];
