import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';
import { context, ProxyTracer, ProxyTracerProvider, propagation, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { fleetIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createManualClock } from './support/manual-clock.js';
import { recordTraces, type TraceRecord } from './support/record-traces.js';
import { type FaultyGateway, startFaultyGateway } from './support/start-faulty-gateway.js';
import { startModule } from './support/start-gateway.js';

const minuteMs = 60_000;
const [iccid = '', other = '', third = ''] = fleetIccids(3);

interface Traced extends FaultyGateway {
  readonly traces: Omit<TraceRecord, 'told'> & { told(): Promise<string> };
}

/** A gateway with an SDK that was set up after it. */
async function startTraced(options?: Parameters<typeof startFaultyGateway>[0]): Promise<Traced> {
  const gateway = await startFaultyGateway(options);
  const traces = recordTraces(gateway.clock);
  return {
    ...gateway,
    traces: {
      ...traces,
      async told() {
        // An operation ends when its answer is written, which its client may know before.
        while (gateway.ended.length < gateway.answers.length) await setImmediate();
        return traces.told();
      },
    },
  };
}

describe('a trace tells the story', () => {
  it('of two readings that are not at hand, with a name that the client has given to its operation', async () => {
    const { ask, seen, wire, traces } = await startTraced();
    const query = 'query Two($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { __typename } }';
    const answer = ask(query, { iccids: [iccid, other] });
    await seen('cache.miss', 2);
    await wire.pass(1_000);
    await answer;
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–100 ms (SERVER, graphql.operation.type=query, graphql.operation.name=Two)
        2. esim_usage.batch 0–100 ms (esim_usage.iccids=2, esim_usage.answers.upstream=2)
          3. esim_usage.fetch 0–100 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing)
            4. esim_usage.wait 0–50 ms (esim_usage.iccid=89…0000)
            7. esim_usage.token 0–50 ms (CLIENT)
            8. esim_usage.call 50–100 ms (CLIENT, esim_usage.iccid=89…0000)
          5. esim_usage.fetch 0–100 ms (esim_usage.iccid=89…0001, esim_usage.reason=missing)
            6. esim_usage.wait 0–50 ms (esim_usage.iccid=89…0001)
            9. esim_usage.call 50–100 ms (CLIENT, esim_usage.iccid=89…0001)"
    `);
  });

  it('of a reading at hand', async () => {
    const { askFor, traces } = await startTraced();
    await askFor(iccid);
    traces.restart();
    await askFor(iccid);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–0 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.cache=1)"
    `);
  });

  it('of a fetch that another operation joins: each has its own trace, and the second is linked to the first', async () => {
    const { askFor, ask, seen, wire, traces } = await startTraced();
    await askFor(other);
    traces.restart();
    const query = '{ esimUsage(iccid: "ICCID") { __typename } }'.replace('ICCID', iccid);
    const first = ask(query);
    await seen('cache.miss', 2);
    await wire.pass(0);
    const second = ask(query);
    await seen('cache.join');
    await wire.pass(100);
    await Promise.all([first, second]);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–50 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–50 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1)
          3. esim_usage.fetch 0–50 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            5. esim_usage.call 0–50 ms (CLIENT, esim_usage.iccid=89…0000)
      6. query 0–50 ms (SERVER, graphql.operation.type=query)
        7. esim_usage.batch 0–50 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1, linked to 3)"
    `);
  });

  it('of an old reading that is served after 300 ms while a new one is fetched', async () => {
    const { askFor, befall, clock, traces } = await startTraced();
    await askFor(iccid);
    await clock.advance(21 * minuteMs);
    traces.restart();
    await befall({
      usage: async ({ reply }) => {
        await new Promise<void>((resolve) => {
          clock.after(1_000, resolve);
        });
        return reply;
      },
    });
    await askFor(iccid);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–300 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–300 ms (esim_usage.iccids=1, esim_usage.answers.stale.refreshing=1)
          3. esim_usage.fetch 0–1050 ms (esim_usage.iccid=89…0000, esim_usage.reason=stale)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            5. esim_usage.call 0–1050 ms (CLIENT, esim_usage.iccid=89…0000)"
    `);
  });

  it('of a reading that is fetched again by itself, which is a trace of its own', async () => {
    const { askFor, wire, clock, traces } = await startTraced();
    await askFor(iccid);
    await askFor(iccid);
    await askFor(iccid);
    traces.restart();
    await clock.advance(20 * minuteMs - 24_000);
    await wire.pass(2_000);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. esim_usage.fetch 1177100–1177150 ms (esim_usage.iccid=89…0000, esim_usage.reason=refresh)
        2. esim_usage.wait 1177100–1177100 ms (esim_usage.iccid=89…0000)
        3. esim_usage.call 1177100–1177150 ms (CLIENT, esim_usage.iccid=89…0000)"
    `);
  });

  it('of an upstream that fails twice', async () => {
    const { askFor, befall, traces } = await startTraced();
    await askFor(other);
    traces.restart();
    await befall({ usage: ({ reply }) => ({ ...reply, status: 503, body: 'MARKER' }) });
    await askFor(iccid);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–100 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–100 ms (esim_usage.iccids=1, esim_usage.answers.problem.unavailable=1)
          3. esim_usage.fetch 0–100 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing, error.type=failing, ERROR: failing: answered 503)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            5. esim_usage.call 0–50 ms (CLIENT, esim_usage.iccid=89…0000, error.type=failing, ERROR: failing: answered 503)
            6. esim_usage.wait 50–50 ms (esim_usage.iccid=89…0000)
            7. esim_usage.call 50–100 ms (CLIENT, esim_usage.iccid=89…0000, error.type=failing, ERROR: failing: answered 503)"
    `);
  });

  it('of an eSIM that is not found, which is nobody’s fault', async () => {
    const { askFor, traces } = await startTraced();
    await askFor(other);
    traces.restart();
    await askFor('8900000000000000000');
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–50 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–50 ms (esim_usage.iccids=1, esim_usage.answers.problem.not_found=1)
          3. esim_usage.fetch 0–50 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing, error.type=NOT_FOUND)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            5. esim_usage.call 0–50 ms (CLIENT, esim_usage.iccid=89…0000, error.type=NOT_FOUND)"
    `);
  });

  it('of a 429, the pause that it asks for, and the second call', async () => {
    const { askFor, befall, traces } = await startTraced();
    await askFor(other);
    traces.restart();
    await befall({
      usage: ({ reply }, nth) =>
        nth === 0 ? { ...reply, status: 429, headers: { 'Retry-After': '2' }, body: '' } : reply,
    });
    await askFor(iccid);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–2100 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–2100 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1)
          3. esim_usage.fetch 0–2100 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            5. esim_usage.call 0–50 ms (CLIENT, esim_usage.iccid=89…0000, error.type=THROTTLED, ERROR: the upstream's limit of the company is exceeded)
            6. esim_usage.wait 50–2050 ms (esim_usage.iccid=89…0000)
            7. esim_usage.call 2050–2100 ms (CLIENT, esim_usage.iccid=89…0000)"
    `);
  });

  it('of readings that find no room before their deadline, and of a token that is refused', async () => {
    const { askForEach, befall, traces } = await startTraced({
      module: { companyRequests: 1, companyWindowMs: 10_000 },
    });
    await befall({ token: ({ reply }) => ({ ...reply, status: 401, body: 'MARKER' }) });
    await askForEach([iccid, other]);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–0 ms (SERVER, graphql.operation.type=query)
        2. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.problem.throttled=1)
          3. esim_usage.fetch 0–0 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing, error.type=THROTTLED, ERROR: no room within the limits)
            4. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000, error.type=THROTTLED, ERROR: no room within the limits)
            5. esim_usage.token 0–50 ms (CLIENT, error.type=forbidden, ERROR: forbidden: token request answered 401)
      6. query 0–0 ms (SERVER, graphql.operation.type=query)
        7. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.problem.throttled=1)
          8. esim_usage.fetch 0–0 ms (esim_usage.iccid=89…0001, esim_usage.reason=missing, error.type=THROTTLED, ERROR: no room within the limits)
            9. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0001, error.type=THROTTLED, ERROR: no room within the limits)"
    `);
  });

  it('of a client that goes away while it waits', async () => {
    const { ask, askFor, seen, operations, wire, traces } = await startTraced({
      module: { companyRequests: 1, companyWindowMs: 2_000 },
    });
    await askFor(other);
    await askFor(third, 1_000);
    traces.restart();
    const client = new AbortController();
    const answer = ask(
      'query Gone($iccid: ICCID!) { esimUsage(iccid: $iccid) { __typename } }',
      { iccid },
      client.signal,
    );
    await seen('cache.miss', 3);
    await wire.pass(100);
    client.abort();
    await expect(answer).rejects.toThrow('abort');
    while (operations.at(-1)?.aborted === false) await setImmediate();
    await wire.pass(100);
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. query 0–100 ms (SERVER, graphql.operation.type=query, graphql.operation.name=Gone)
        2. esim_usage.batch 0–100 ms (esim_usage.iccids=1, esim_usage.answers.problem.timed_out=1)
          3. esim_usage.fetch 0–100 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing, error.type=ABANDONED)
            4. esim_usage.wait 0–100 ms (esim_usage.iccid=89…0000, error.type=ABANDONED)"
    `);
  });

  it('of an operation that is refused, without what it said', async () => {
    const { ask, traces } = await startTraced();
    await ask('query Secret { MARKER }');
    await ask('query Number($iccid: ICCID!) { esimUsage(iccid: $iccid) { __typename } }', { iccid: 7 });
    expect(await traces.told()).toMatchInlineSnapshot(`
      "1. GraphQL Operation 0–0 ms (SERVER, error.type=GRAPHQL_VALIDATION_FAILED)
      2. query 0–0 ms (SERVER, graphql.operation.type=query, graphql.operation.name=Number, error.type=BAD_USER_INPUT)"
    `);
  });
});

describe('the trace of an operation', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';
  const headers = { 'content-type': 'application/json', traceparent: `00-${traceId}-${spanId}-01` };
  const query = `{ esimUsage(iccid: "${iccid}") { __typename } }`;
  const asked = { method: 'POST', headers, body: JSON.stringify({ query }) };

  it('is the one that its traceparent names, and its end is told with it', async () => {
    const { send, seen, wire, ended, traces } = await startTraced();
    const answer = send('/graphql', asked);
    await seen('cache.miss');
    await wire.pass(1_000);
    await answer;
    expect(await traces.told()).toMatch(/^1\. query .*\n {2}2\. esim_usage.batch/);
    const [operation, ...others] = traces.spans();
    expect(operation?.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(new Set(others.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    expect(ended).toMatchObject([{ traceId }]);
  });

  it('is told of where it is not recorded, so that it can be found elsewhere', async () => {
    const gateway = await startFaultyGateway();
    const traces = recordTraces(gateway.clock, new AlwaysOffSampler());
    await gateway.send('/graphql', { ...asked, body: JSON.stringify({ query: '{ __typename }' }) });
    while (gateway.ended.length < 1) await setImmediate();
    expect(traces.spans()).toEqual([]);
    expect(gateway.ended).toMatchObject([{ traceId }]);
  });

  it('is not told of where a request never became an operation', async () => {
    const gateway = await startTraced();
    await gateway.send('/graphql', { method: 'PUT', headers });
    expect(await gateway.traces.told()).toBe('');
    expect(gateway.ended).toMatchObject([{ status: 405, traceId: null }]);
  });
});

describe('in a host’s own server', () => {
  it('what is read is part of the span that is active, and linked to what starts in the same moment', async () => {
    const clock = createManualClock();
    const { module } = await startModule({ clock });
    const traces = recordTraces(clock);
    const loadIn = (name: string): Promise<unknown> =>
      trace.getTracer('host').startActiveSpan(name, async (span) => {
        await module.createContext().esimUsage.load(iccid);
        span.end();
      });
    await Promise.all([loadIn('an operation'), loadIn('another')]);
    expect(traces.told()).toMatchInlineSnapshot(`
      "1. an operation 0–0 ms ()
        3. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1)
          5. esim_usage.fetch 0–0 ms (esim_usage.iccid=89…0000, esim_usage.reason=missing)
            6. esim_usage.wait 0–0 ms (esim_usage.iccid=89…0000)
            7. esim_usage.token 0–0 ms (CLIENT)
            8. esim_usage.call 0–0 ms (CLIENT, esim_usage.iccid=89…0000)
      2. another 0–0 ms ()
        4. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1, linked to 5)"
    `);
  });

  it('nothing is linked to what had begun before the SDK was set up', async () => {
    const clock = createManualClock();
    const { module, seen } = await startModule({ clock });
    const load = (): Promise<unknown> => module.createContext().esimUsage.load(iccid);
    const loading = load();
    await seen('upstream.request');
    const traces = recordTraces(clock);
    await Promise.all([loading, load()]);
    expect(traces.told()).toMatchInlineSnapshot(
      `"1. esim_usage.batch 0–0 ms (esim_usage.iccids=1, esim_usage.answers.upstream=1)"`,
    );
  });
});

describe('the upstream is told nothing of traces', () => {
  it('not even by instrumentation that adds them to whatever goes out', async () => {
    const { askFor, simulator, traces } = await startTraced();
    const tracer = trace.getTracer('instrumentation');
    const sent: unknown[] = [];
    const instrument = (message: unknown): void => {
      const { request } = Object(message);
      if (request.origin !== simulator.url) return;
      const headers: Record<string, string> = {};
      const span = tracer.startSpan(`${request.method}`);
      propagation.inject(trace.setSpan(context.active(), span), headers);
      for (const [name, value] of Object.entries(headers)) request.addHeader(name, value);
      sent.push(request.method);
      span.end();
    };
    subscribe('undici:request:create', instrument);
    onTestFinished(() => {
      unsubscribe('undici:request:create', instrument);
    });
    await askFor(iccid);
    expect(sent).toEqual(['POST', 'GET']);
    expect(simulator.arrivals.map(({ headers }) => Object.keys(headers).sort())).toEqual([
      ['accept', 'connection', 'content-length', 'content-type', 'host'],
      ['accept', 'authorization', 'connection', 'host'],
    ]);
    expect(await traces.told()).not.toContain('GET');
  });
});

describe('without an SDK', () => {
  it('no span is made, and nobody is asked for one', async () => {
    const getTracer = vi.spyOn(ProxyTracerProvider.prototype, 'getTracer');
    const startSpan = vi.spyOn(ProxyTracer.prototype, 'startSpan');
    const setSpan = vi.spyOn(trace, 'setSpan');
    const run = vi.spyOn(context, 'with');
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const { askFor, ended } = await startFaultyGateway();
    await askFor(iccid);
    await askFor(iccid);
    const calls = [getTracer, startSpan, setSpan, run].map((spy) => spy.mock.calls);
    expect(calls).toEqual([[], [], [], []]);
    expect(ended).toMatchObject([{ traceId: null }, { traceId: null }]);
  });
});
