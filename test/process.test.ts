import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSimulator, fleetIccids, type Simulator, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSchema } from '../src/schema/schema.js';
import { holdAnswers } from './support/hold-answers.js';
import { answerTo } from './support/raw-connection.js';
import { startProcess } from './support/start-process.js';
import { temporaryFile } from './support/temporary-file.js';

// A process takes a second to start, and more where many do at once.
vi.setConfig({ testTimeout: 30_000 });

const listening = /Listening on (\S+)\n/;

/** Asks for GraphQL on a connection of its own, so that none is left to wait for. */
async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Reads a page, on a connection of its own, too. */
async function visit(url: string | URL): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return { status: response.status, text: await response.text() };
}

/** A simulator that stands where the real upstream would, and the environment that leads there. */
async function startUpstream(): Promise<{ simulator: Simulator; environment: Record<string, string> }> {
  const simulator = await createSimulator({
    clientId: 'an-id-of-ours',
    clientSecret: 'a-secret-of-ours',
    latencyMs: 0,
  });
  onTestFinished(() => simulator.close());
  const environment = {
    AIRALO_CLIENT_ID: simulator.clientId,
    AIRALO_CLIENT_SECRET: simulator.clientSecret,
    AIRALO_BASE_URL: simulator.url,
    LOG_LEVEL: 'trace',
    // No process was there before that could have asked it.
    ESIM_USAGE_QUIET_START_MS: '0',
  };
  return { simulator, environment };
}

/** A server that has taken a port. */
async function occupyPort(): Promise<number> {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return address.port;
}

describe('the process with --simulator', () => {
  it('says what it is, where it is, what to ask for, and a query that works as it stands', async () => {
    const { printed, output, signal, exitCode } = startProcess(['--simulator']);
    const [, url = ''] = await printed(/^GraphQL {2}(\S+)$/m);
    const [, body = ''] = await printed(/-d '(.*)'\n/);
    const { origin } = new URL(url);
    expect(
      output.stdout
        .replaceAll(url, 'URL')
        .replaceAll(origin, 'ORIGIN')
        .replace(/ -d .*/, ' -d BODY'),
    ).toMatchInlineSnapshot(`
      "This is a simulation: every reading comes from an embedded simulator, none from a real eSIM.

      Explorer ORIGIN/
      Demo     ORIGIN/demo
      GraphQL  URL

      ICCIDs to try
        8944465400000267221    data plan
        89012345678901234568   data voice text plan
        8910300000005271146    unlimited
        8997212330099025334    unlimited with numbers
        89012345678901234567   not active
        89340000000000872      used up
        894000000000001        expired
        891000000000009125     recycled
        8944465400000267239    unknown
        8944465400000267247    undocumented status
        8944465400000267254    not found

      A query to paste
        curl URL -H 'content-type: application/json' -d BODY

      "
    `);
    const [first, second] = Object.values(scenarioIccids);
    const plan = {
      __typename: 'EsimUsage',
      iccid: first,
      status: 'ACTIVE',
      isUnlimited: false,
      data: { unit: 'MEGABYTES', total: 2048, remaining: 767, used: 1281 },
      expiresAt: expect.stringMatching(/Z$/),
      freshness: { fetchedAt: expect.stringMatching(/Z$/), staleReason: null },
    };
    expect(body).toContain(`["${first}","${second}"]`);
    expect(await post(url, JSON.parse(body))).toEqual({
      status: 200,
      body: { data: { esimUsages: [plan, { ...plan, iccid: second }] } },
    });
    expect(await post(url, { query: '{ __schema { queryType { name } } }' })).toEqual({
      status: 200,
      body: { data: { __schema: { queryType: { name: 'Query' } } } },
    });
    expect(await visit(`${origin}/`)).toMatchObject({
      status: 200,
      text: expect.stringContaining(scenarioIccids.dataVoiceTextPlan),
    });
    signal('SIGTERM');
    expect(await exitCode).toBe(0);
    expect(output.stderr).toBe('');
  });

  it('says nothing of an explorer that is switched off, and has none', async () => {
    const { printed, output } = startProcess(['--simulator'], { GRAPHQL_EXPLORER: 'false' });
    const [, url = ''] = await printed(/^GraphQL {2}(\S+)$/m);
    expect(output.stdout).not.toMatch(/explorer/i);
    expect((await visit(new URL('/', url))).status).toBe(404);
  });

  it('starts as a subgraph, and then prints a query that one by those names answers', async () => {
    const { printed } = startProcess(['--simulator'], {
      ESIM_SCHEMA_FEDERATION: 'true',
      ESIM_SCHEMA_ENTITY: 'Sim',
      ESIM_SCHEMA_ENTITY_KEY: 'id',
      ESIM_SCHEMA_TYPE_PREFIX: 'Acme',
      ESIM_SCHEMA_ROOT_FIELDS: 'false',
    });
    const [, url = '', body = ''] = await printed(
      /curl (\S+) -H 'content-type: application\/json' -d '(.*)'\n/,
    );
    const usage = { __typename: 'AcmeEsimUsage', status: 'ACTIVE' };
    expect(await post(url, JSON.parse(body))).toMatchObject({
      status: 200,
      body: { data: { _entities: [{ usage }, { usage }] } },
    });
    const { typeDefs } = createSchema({
      federation: true,
      entity: 'Sim',
      entityKey: 'id',
      typePrefix: 'Acme',
      rootFields: false,
    });
    expect(await post(url, { query: '{ _service { sdl } }' })).toEqual({
      status: 200,
      body: { data: { _service: { sdl: typeDefs } } },
    });
  });

  it('serves other machines only once it is told who may ask, and then nobody else', async () => {
    const { output, exitCode } = startProcess(['--simulator'], { HOST: '0.0.0.0' });
    expect(await exitCode).toBe(78);
    expect(output.stderr).toContain(
      'AUTH: missing: expected none, secret or jwt, because HOST is reached from elsewhere\n',
    );
    const secret = 'nobody-guesses-this';
    const { printed } = startProcess(['--simulator'], { AUTH: 'secret', ROUTER_SECRET: secret });
    const [, url = '', header = '', body = ''] = await printed(
      /curl (\S+) -H "(\S+): \$ROUTER_SECRET" -H 'content-type: application\/json' -d '(.*)'\n/,
    );
    expect(await post(url, JSON.parse(body))).toMatchObject({ status: 401 });
    expect(await post(url, JSON.parse(body), { [header]: secret })).toMatchObject({
      status: 200,
      body: { data: { esimUsages: [{ status: 'ACTIVE' }, { status: 'ACTIVE' }] } },
    });
    expect((await visit(new URL('/demo', url))).status).toBe(404);
  });

  it('answers listed operations only, once it is given a list that its schema can answer', async () => {
    const listed = (query: string): Record<string, string> => ({
      TRUSTED_DOCUMENTS: temporaryFile(JSON.stringify({ ping: query })),
    });
    const { printed } = startProcess(['--simulator'], listed('{ __typename }'));
    const [, url = ''] = await printed(/^GraphQL {2}(\S+)$/m);
    expect(await post(url, { documentId: 'ping' })).toEqual({
      status: 200,
      body: { data: { __typename: 'Query' } },
    });
    expect(await post(url, { query: '{ a: __typename }' })).toMatchObject({ status: 400 });
    for (const page of ['/', '/demo']) expect((await visit(new URL(page, url))).status).toBe(404);

    const { exitCode, output } = startProcess(['--simulator'], listed('{ esimBalance }'));
    expect(await exitCode).toBe(78);
    expect(output.stderr).toContain(
      'TRUSTED_DOCUMENTS: ping: Cannot query field "esimBalance" on type "Query".',
    );
  });

  it('asks no upstream, not even one that it has credentials for', async () => {
    const { simulator, environment } = await startUpstream();
    const { printed } = startProcess(['--simulator'], environment);
    const [, url = ''] = await printed(/^GraphQL {2}(\S+)$/m);
    await post(url, { query: `{ esimUsage(iccid: "${scenarioIccids.dataPlan}") { __typename } }` });
    expect(simulator.arrivals).toEqual([]);
  });

  it('calls its numbers mock numbers, kept for as long as real ones', async () => {
    const { printed } = startProcess(['--simulator']);
    const [, url = ''] = await printed(/^GraphQL {2}(\S+)$/m);
    const query = `{ esimUsage(iccid: "${scenarioIccids.dataPlan}") {
      ... on EsimUsage { environment freshness { fetchedAt freshUntil } }
    } }`;
    const answer = await post(url, { query });
    const time = expect.stringMatching(/Z$/);
    expect(answer).toEqual({
      status: 200,
      body: {
        data: { esimUsage: { environment: 'SANDBOX', freshness: { fetchedAt: time, freshUntil: time } } },
      },
    });
    const [fetchedAt = '', freshUntil = ''] = JSON.stringify(answer).match(/\d{4}-[^"]*Z/g) ?? [];
    expect(Date.parse(freshUntil) - Date.parse(fetchedAt)).toBe(20 * 60_000);
  });
});

describe('the process with credentials', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'serves the upstream that they are for, says no secret, and ends with 0 on %s',
    async (name) => {
      const { simulator, environment } = await startUpstream();
      const { printed, output, signal, exitCode } = startProcess([], environment);
      const [, url = ''] = await printed(listening);
      const [iccid = ''] = fleetIccids(1);
      const query = `{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { iccid data { total remaining } } } }`;
      expect(await post(url, { query })).toEqual({
        status: 200,
        body: { data: { esimUsage: { iccid, data: { total: 1024, remaining: 512 } } } },
      });
      const paths = ['/v2/token', `/v2/sims/${iccid}/usage`];
      expect(simulator.arrivals.map(({ path }) => path)).toEqual(paths);
      const bearer = String(simulator.arrivals[1]?.headers.authorization).replace('Bearer ', '');
      expect(await fetch(new URL('/health/ready', url)).then((response) => response.json())).toEqual({
        status: 'ready',
      });
      signal(name);
      expect(await exitCode).toBe(0);

      const written = output.stdout + output.stderr;
      expect(written).toContain('"msg":"upstream.request"');
      const secrets = [simulator.clientId, simulator.clientSecret, bearer, iccid];
      expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
      expect(written).not.toMatch(/simulat/i);
    },
  );

  it('has an explorer only where it is asked for, without ICCIDs of the simulator', async () => {
    const { environment } = await startUpstream();
    const [without, explored] = [environment, { ...environment, GRAPHQL_EXPLORER: 'true' }].map((given) =>
      startProcess([], given).printed(listening),
    );
    const [, plainUrl = ''] = (await without) ?? [];
    expect((await visit(new URL('/', plainUrl))).status).toBe(404);
    const [, url = ''] = (await explored) ?? [];
    const { status, text } = await visit(new URL('/', url));
    expect([status, text.match(/\d{15,}/)]).toEqual([200, null]);
    expect(await post(url, { query: '{ __schema { queryType { name } } }' })).toMatchObject({ status: 200 });
  });

  it('reads them from files, too', async () => {
    const { simulator, environment } = await startUpstream();
    const secret = temporaryFile(`${simulator.clientSecret}\n`);
    const { AIRALO_CLIENT_SECRET, ...rest } = environment;
    const { printed } = startProcess([], { ...rest, AIRALO_CLIENT_SECRET_FILE: secret });
    const [, url = ''] = await printed(listening);
    const query = `{ esimUsage(iccid: "${scenarioIccids.unlimited}") { ... on EsimUsage { isUnlimited } } }`;
    expect(await post(url, { query })).toEqual({
      status: 200,
      body: { data: { esimUsage: { isUnlimited: true } } },
    });
  });

  it('C5 refuses a literal that is no string, neither converted nor repeated', async () => {
    const { simulator, environment } = await startUpstream();
    const { printed } = startProcess([], environment);
    const [, url = ''] = await printed(listening);
    const message = 'An ICCID is a string; a number has already lost digits.';
    const refusal = (column: number) => ({
      message,
      locations: [{ line: 1, column }],
      extensions: { code: 'BAD_USER_INPUT' },
    });
    for (const literal of [
      '8944465400000267221',
      '894446540000026.5',
      'true',
      '{ iccid: 1 }',
      '[1]',
      'ICCID',
    ]) {
      expect(await post(url, { query: `{ esimUsage(iccid: ${literal}) { __typename } }` })).toEqual({
        status: 400,
        body: { errors: [refusal(20)] },
      });
    }
    const list = `{ esimUsages(iccids: ["${scenarioIccids.dataPlan}", 8944465400000267221, true]) { __typename } }`;
    expect(await post(url, { query: list })).toEqual({
      status: 400,
      body: { errors: [refusal(46), refusal(67)] },
    });
    expect(simulator.arrivals).toEqual([]);
  });

  it.each(['', 'development'])(
    'I18 is as careful whether NODE_ENV is "%s" or anything else',
    async (nodeEnv) => {
      const { environment } = await startUpstream();
      const { printed } = startProcess(
        [],
        nodeEnv === '' ? environment : { ...environment, NODE_ENV: nodeEnv },
      );
      const [, url = ''] = await printed(listening);
      expect(await post(url, { query: '{ __schema { queryType { name } } }' })).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
      });
      expect(await post(url, { query: '{ esimUsag(iccid: "x") { __typename } }' })).toEqual({
        status: 400,
        body: {
          errors: [
            {
              message: 'Cannot query field "esimUsag" on type "Query".',
              locations: [{ line: 1, column: 3 }],
              extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
            },
          ],
        },
      });
      expect((await fetch(url, { headers: { accept: 'text/html' } })).status).toBe(400);
    },
  );
});

describe('the process that is told to end', () => {
  it('I12 takes nothing new, answers what is under way, and ends with 0', async () => {
    const { simulator, environment } = await startUpstream();
    const { reached, release } = holdAnswers(simulator);
    const { printed, signal, exitCode } = startProcess([], environment);
    const [, url = ''] = await printed(listening);
    const query = `{ esimUsage(iccid: "${scenarioIccids.unlimited}") { ... on EsimUsage { isUnlimited } } }`;
    const answer = post(url, { query });
    await reached;
    // The signal is heard: the server lets go of a connection that nothing is under way on.
    const idle = answerTo(url, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    signal('SIGTERM');
    await idle;
    await expect(visit(new URL('/health/ready', url))).rejects.toThrow('fetch failed');
    release();
    expect(await answer).toEqual({ status: 200, body: { data: { esimUsage: { isUnlimited: true } } } });
    expect(await exitCode).toBe(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'I13 ends with 1 at once on a second %s, whatever is under way',
    async (name) => {
      const { simulator, environment } = await startUpstream();
      simulator.intercept(({ reply }) => ({ ...reply, kind: 'broken', after: 'nothing', end: 'hang' }));
      const { printed, signal, exitCode } = startProcess([], environment);
      const [, url = ''] = await printed(listening);
      const query = `{ esimUsage(iccid: "${scenarioIccids.dataPlan}") { __typename } }`;
      const cutOff = post(url, { query }).catch(() => 'cut off');
      await printed(/"msg":"cache.miss"/);
      // The first is heard: the server lets go of a connection that nothing is under way on.
      const idle = answerTo(url, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      signal('SIGTERM');
      await idle;
      signal(name);
      expect(await exitCode).toBe(1);
      expect(await cutOff).toBe('cut off');
    },
  );
});

describe('the process that cannot start', () => {
  it('I16 without credentials lists what is missing and the way to try it, and ends with 78', async () => {
    const { output, exitCode } = startProcess([]);
    expect(await exitCode).toBe(78);
    expect(output.stderr).toMatchInlineSnapshot(`
      "The environment cannot be used:
        AIRALO_CLIENT_ID: missing (or AIRALO_CLIENT_ID_FILE, the path of a file that holds it)
        AIRALO_CLIENT_SECRET: missing (or AIRALO_CLIENT_SECRET_FILE, the path of a file that holds it)
      To try this gateway without credentials, start it with --simulator.
      "
    `);
    expect(output.stdout).toBe('');
  });

  it('I16 with a faulty environment lists every fault with its variable and no value, and listens nowhere', async () => {
    const port = await occupyPort();
    const { output, exitCode } = startProcess([], {
      // Taken: had it tried to listen, it would say so.
      PORT: String(port),
      AIRALO_CLIENT_SECRET: 'planted-secret',
      AIRALO_BASE_URL: 'http://planted.example.com',
      AIRALO_SANDBOX: 'planted',
      LOG_LEVEL: 'planted',
      ESIM_USAGE_DEADLINE_MS: 'planted',
      ESIM_USAGE_PLANTED: 'planted',
    });
    expect(await exitCode).toBe(78);
    expect(output.stderr).toMatchInlineSnapshot(`
      "The environment cannot be used:
        LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent
        AIRALO_SANDBOX: expected true or false
        ESIM_USAGE_DEADLINE_MS: expected a whole number from 100 to 60000
        ESIM_USAGE_PLANTED: there is no such variable
        AIRALO_BASE_URL: expected https: (http: only for this machine)
        AIRALO_CLIENT_ID: missing (or AIRALO_CLIENT_ID_FILE, the path of a file that holds it)
      To try this gateway without credentials, start it with --simulator.
      "
    `);
    expect(output.stdout).toBe('');
  });

  it.each(['--simulate', 'simulator'])(
    'ends with 64 and its usage for a flag that it does not know: %s',
    async (flag) => {
      const { output, exitCode } = startProcess([flag]);
      expect(await exitCode).toBe(64);
      expect(output.stderr).toContain('esim-usage-gateway [--simulator]\n');
      expect(output.stdout).toBe('');
    },
  );

  it.each([[[]], [['--simulator']]])(
    'I17 says in one line that its port is in use, and ends with 1: %j',
    async (flags) => {
      const { environment } = await startUpstream();
      const port = await occupyPort();
      const { output, exitCode } = startProcess(flags, { ...environment, PORT: String(port) });
      expect(await exitCode).toBe(1);
      expect(output.stderr).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
      expect(output.stdout).toBe('');
    },
  );
});

describe('the process with METRICS_PORT', () => {
  it('says where its metrics are, and serves them of what it does until it ends', async () => {
    const { environment } = await startUpstream();
    const { printed, signal, exitCode } = startProcess([], { ...environment, METRICS_PORT: '0' });
    const [, url = ''] = await printed(listening);
    const [, metricsUrl = ''] = await printed(/^Metrics at (\S+)$/m);
    const [iccid = ''] = fleetIccids(1);
    await post(url, { query: `{ esimUsage(iccid: "${iccid}") { __typename } }` });
    const { status, text } = await visit(metricsUrl);
    expect(status).toBe(200);
    const lines = text.split('\n');
    for (const line of [
      'esim_usage_requests_total{outcome="ok",status="2xx"} 1',
      'esim_usage_answers_total{answer="upstream"} 1',
      'esim_usage_upstream_calls_total{target="token",outcome="2xx"} 1',
      'esim_usage_upstream_calls_total{target="usage",outcome="2xx"} 1',
      'esim_usage_upstream_too_many_requests_total{target="usage"} 0',
      'esim_usage_cache_entries 1',
      'esim_usage_iccids 1',
      'esim_usage_readiness{status="ready"} 1',
    ])
      expect(lines).toContain(line);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    signal('SIGTERM');
    expect(await exitCode).toBe(0);
  });

  it('serves its metrics still while it answers what is under way after a signal', async () => {
    const { simulator, environment } = await startUpstream();
    const { reached, release } = holdAnswers(simulator);
    const { printed, signal, exitCode } = startProcess([], { ...environment, METRICS_PORT: '0' });
    const [, url = ''] = await printed(listening);
    const [, metricsUrl = ''] = await printed(/^Metrics at (\S+)$/m);
    const answer = post(url, { query: `{ esimUsage(iccid: "${scenarioIccids.unlimited}") { __typename } }` });
    await reached;
    // The signal is heard: the server lets go of a connection that nothing is under way on.
    const idle = answerTo(url, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    signal('SIGTERM');
    await idle;
    expect((await visit(metricsUrl)).text).toContain(
      '\nesim_usage_upstream_calls_started_total{target="usage"} 1\n',
    );
    release();
    expect(await answer).toMatchObject({ status: 200 });
    expect(await exitCode).toBe(0);
  });

  it('says where its metrics are beside the simulator, too', async () => {
    const { printed } = startProcess(['--simulator'], { METRICS_PORT: '0' });
    const [, metricsUrl = ''] = await printed(/^Metrics {2}(\S+)$/m);
    expect((await visit(metricsUrl)).status).toBe(200);
  });

  it('I17 says in one line that its metrics’ port is in use, and ends with 1', async () => {
    const { environment } = await startUpstream();
    const port = await occupyPort();
    const { output, exitCode } = startProcess([], { ...environment, METRICS_PORT: String(port) });
    expect(await exitCode).toBe(1);
    expect(output.stderr).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
    expect(output.stdout).toBe('');
  });
});

describe('the process that only tells', () => {
  it('prints its usage', async () => {
    const { output, exitCode } = startProcess(['--help']);
    expect(await exitCode).toBe(0);
    expect(output.stdout).toMatch(/^esim-usage-gateway \[--simulator\]\n/);
  });

  it('prints its version', async () => {
    const { output, exitCode } = startProcess(['--version']);
    expect(await exitCode).toBe(0);
    expect(output.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
