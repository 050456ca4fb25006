import { createEsimUsageModule } from 'esim-usage-gateway';
import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLatch } from './support/latch.js';
import { createManualClock } from './support/manual-clock.js';
import { everyField, startGateway } from './support/start-gateway.js';

const readOne = `query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ${everyField} } }`;
const readSeveral = `query ($iccids: [ICCID!]!) { esimUsages(iccids: $iccids) { ${everyField} } }`;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Of a reading received when the manual clock starts. */
const freshness = {
  fetchedAt: '2026-01-01T00:00:01.000Z',
  asOfNotBefore: '2025-12-31T23:40:01.000Z',
  freshUntil: '2026-01-01T00:20:01.000Z',
  staleReason: null,
};
const inThirtyDays = '2026-01-31T00:00:01.000Z';
const longAgo = '2022-01-01T00:00:00.000Z';

/** An active plan's reading of that moment with no allowance at all, but for what is said. */
function reading(iccid: string, differences: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    __typename: 'EsimUsage',
    iccid,
    esim: { iccid, usage: { __typename: 'EsimUsage' } },
    status: 'ACTIVE',
    statusCode: 'ACTIVE',
    isUnlimited: false,
    data: null,
    voice: null,
    text: null,
    expiresAt: inThirtyDays,
    freshness,
    environment: 'PRODUCTION',
    ...differences,
  };
}

function megabytes(total: number, remaining: number): Record<string, unknown> {
  return { unit: 'MEGABYTES', total, remaining, used: total - remaining };
}

/** What a client should be told of each scenario of the simulator. */
const truths: { readonly [Name in keyof typeof scenarioIccids]: Record<string, unknown> } = {
  dataPlan: reading('8944465400000267221', { data: megabytes(2048, 767) }),
  dataVoiceTextPlan: reading('89012345678901234568', {
    data: megabytes(2048, 767),
    voice: { unit: 'MINUTES', total: 100, remaining: 60, used: 40 },
    text: { unit: 'MESSAGES', total: 50, remaining: 20, used: 30 },
  }),
  unlimited: reading('8910300000005271146', { isUnlimited: true }),
  unlimitedWithNumbers: reading('8997212330099025334', { isUnlimited: true, expiresAt: longAgo }),
  notActive: reading('89012345678901234567', {
    status: 'NOT_ACTIVE',
    statusCode: 'NOT_ACTIVE',
    data: megabytes(3072, 3072),
    expiresAt: null,
  }),
  usedUp: reading('89340000000000872', {
    status: 'FINISHED',
    statusCode: 'FINISHED',
    data: megabytes(1024, 0),
    expiresAt: longAgo,
  }),
  expired: reading('894000000000001', {
    status: 'EXPIRED',
    statusCode: 'EXPIRED',
    data: megabytes(1024, 300),
    expiresAt: longAgo,
  }),
  recycled: reading('891000000000009125', {
    status: 'RECYCLED',
    statusCode: 'RECYCLED',
    isUnlimited: null,
    expiresAt: null,
    freshness: { ...freshness, freshUntil: '2026-01-02T00:00:01.000Z' },
  }),
  unknown: reading('8944465400000267239', { status: 'UNKNOWN', statusCode: 'UNKNOWN', expiresAt: null }),
  undocumentedStatus: reading('8944465400000267247', {
    status: 'UNKNOWN',
    statusCode: 'SUSPENDED',
    data: megabytes(1024, 512),
    expiresAt: longAgo,
  }),
  notFound: {
    __typename: 'EsimUsageProblem',
    requestedIccid: '8944465400000267254',
    code: 'NOT_FOUND',
    message: 'No eSIM with this ICCID is known.',
    retryAfterSeconds: null,
  },
};

describe('a reading over HTTP', () => {
  it.each(Object.entries(scenarioIccids).map(([name, iccid]) => ({ name, iccid })))(
    'tells the truth of $name',
    async ({ name, iccid }) => {
      const { ask, usageCalls } = await startGateway();
      expect(await ask(readOne, { iccid })).toEqual({
        status: 200,
        body: { data: { esimUsage: new Map(Object.entries(truths)).get(name) } },
      });
      expect(usageCalls()).toEqual([iccid]);
    },
  );

  it('tells the truth of all of them in one list, in the order asked and with repeats', async () => {
    const { ask, usageCalls } = await startGateway();
    const iccids = Object.values(scenarioIccids).reverse();
    const all = Object.values(truths).reverse();
    expect(await ask(readSeveral, { iccids: [...iccids, ...iccids] })).toEqual({
      status: 200,
      body: { data: { esimUsages: [...all, ...all] } },
    });
    expect(usageCalls().sort()).toEqual([...iccids].sort());
  });

  it('takes an ICCID as a literal, too', async () => {
    const { ask } = await startGateway();
    expect(await ask(`{ esimUsage(iccid: "8944465400000267221") { ${everyField} } }`)).toEqual({
      status: 200,
      body: { data: { esimUsage: truths.dataPlan } },
    });
  });

  it('is called a mock and repeated for 60 minutes in sandbox mode', async () => {
    const clock = createManualClock();
    const { ask, usageCalls } = await startGateway({ clock, module: { sandbox: true } });
    const variables = { iccid: scenarioIccids.dataPlan };
    const answer = {
      status: 200,
      body: {
        data: {
          esimUsage: {
            ...truths.dataPlan,
            environment: 'SANDBOX',
            freshness: {
              ...freshness,
              asOfNotBefore: '2025-12-31T23:00:01.000Z',
              freshUntil: '2026-01-01T01:00:01.000Z',
            },
          },
        },
      },
    };
    expect(await ask(readOne, variables)).toEqual(answer);
    await clock.advance(hourMs - 1);
    expect(await ask(readOne, variables)).toEqual(answer);
    expect(usageCalls()).toHaveLength(1);
    await clock.advance(1);
    await ask(readOne, variables);
    expect(usageCalls()).toHaveLength(2);
  });

  it('is kept for 20 minutes and then fetched anew', async () => {
    const clock = createManualClock();
    const { ask, usageCalls } = await startGateway({ clock });
    const variables = { iccid: scenarioIccids.dataPlan };
    const first = await ask(readOne, variables);
    await clock.advance(20 * minuteMs - 1);
    expect(await ask(readOne, variables)).toEqual(first);
    expect(usageCalls()).toHaveLength(1);

    await clock.advance(1);
    expect(await ask(readOne, variables)).toEqual({
      status: 200,
      body: {
        data: {
          esimUsage: {
            ...truths.dataPlan,
            // 6 megabytes an hour.
            data: megabytes(2048, 765),
            freshness: {
              fetchedAt: '2026-01-01T00:20:01.000Z',
              asOfNotBefore: '2026-01-01T00:00:01.000Z',
              freshUntil: '2026-01-01T00:40:01.000Z',
              staleReason: null,
            },
          },
        },
      },
    });
    expect(usageCalls()).toHaveLength(2);
  });
});

describe('a reading that cannot be renewed', () => {
  const variables = { iccid: scenarioIccids.dataPlan };
  const unavailable = {
    kind: 'whole',
    status: 503,
    headers: { 'content-type': 'text/html' },
    body: '<h1>upstream secret</h1>',
  } as const;

  it('is served with the reason why it is old, and as old as it is', async () => {
    const clock = createManualClock();
    const { ask, bendUsage, usageCalls } = await startGateway({ clock });
    await ask(readOne, variables);
    bendUsage(() => unavailable);
    await clock.advance(20 * minuteMs);
    expect(await ask(readOne, variables)).toEqual({
      status: 200,
      body: {
        data: {
          esimUsage: { ...truths.dataPlan, freshness: { ...freshness, staleReason: 'UNAVAILABLE' } },
        },
      },
    });
    // The first time, and in vain, and in vain once more.
    expect(usageCalls()).toHaveLength(3);
  });

  it('U32 of numbers that the upstream only repeats says how old they can be', async () => {
    const clock = createManualClock();
    const { ask, simulator } = await startGateway({ clock });
    const { url: baseUrl, clientId, clientSecret } = simulator;
    const somebodyElse = createEsimUsageModule({
      baseUrl,
      clientId,
      clientSecret,
      clock,
      quietStartMs: 0,
    });
    onTestFinished(() => somebodyElse.close());
    const iccid = scenarioIccids.dataPlan;
    // From now on the upstream repeats this reading, though the eSIM is being used.
    await somebodyElse.createContext().esimUsage.load(iccid);
    await clock.advance(19 * minuteMs);
    expect(await ask(readOne, { iccid })).toEqual({
      status: 200,
      body: {
        data: {
          esimUsage: {
            ...truths.dataPlan,
            freshness: {
              fetchedAt: '2026-01-01T00:19:01.000Z',
              asOfNotBefore: '2025-12-31T23:59:01.000Z',
              freshUntil: '2026-01-01T00:39:01.000Z',
              staleReason: null,
            },
          },
        },
      },
    });
  });

  it('is served while the new one takes its time, and that is served then', async () => {
    const clock = createManualClock();
    const { ask, bendUsage, seen, usageCalls } = await startGateway({ clock });
    await ask(readOne, variables);
    const answer = createLatch();
    bendUsage(() => answer.opened);
    await clock.advance(20 * minuteMs);
    const old = ask(readOne, variables);
    await seen('upstream.request', 2);
    await clock.advance(300);
    expect(await old).toEqual({
      status: 200,
      body: {
        data: { esimUsage: { ...truths.dataPlan, freshness: { ...freshness, staleReason: 'REFRESHING' } } },
      },
    });
    answer.open();
    await seen('cache.fill', 2);
    expect(await ask(readOne, variables)).toMatchObject({
      body: { data: { esimUsage: { data: megabytes(2048, 765), freshness: { staleReason: null } } } },
    });
    expect(usageCalls()).toHaveLength(2);
  });

  it('is a problem once it is 24 hours old', async () => {
    const clock = createManualClock();
    const { ask, bendUsage } = await startGateway({ clock, module: { random: () => 0 } });
    await ask(readOne, variables);
    bendUsage(() => unavailable);
    await clock.advance(24 * hourMs - 1);
    expect(await ask(readOne, variables)).toMatchObject({
      body: { data: { esimUsage: { __typename: 'EsimUsage', freshness: { staleReason: 'UNAVAILABLE' } } } },
    });
    await clock.advance(1);
    expect(await ask(readOne, variables)).toEqual({
      status: 200,
      body: {
        data: {
          esimUsage: {
            __typename: 'EsimUsageProblem',
            requestedIccid: variables.iccid,
            code: 'UNAVAILABLE',
            message: 'The eSIM provider cannot be read at present.',
            retryAfterSeconds: 1,
          },
        },
      },
    });
  });

  it('is no longer told of an eSIM that the upstream has ceased to know', async () => {
    const clock = createManualClock();
    const { ask, bendUsage, simulator } = await startGateway({ clock });
    await ask(readOne, variables);
    simulator.addEsim(variables.iccid, { kind: 'missing' });
    await clock.advance(20 * minuteMs);
    expect(await ask(readOne, variables)).toEqual({
      status: 200,
      body: { data: { esimUsage: { ...truths.notFound, requestedIccid: variables.iccid } } },
    });

    bendUsage(() => unavailable);
    await clock.advance(5 * minuteMs);
    expect(await ask(readOne, variables)).toMatchObject({
      body: { data: { esimUsage: { __typename: 'EsimUsageProblem', code: 'UNAVAILABLE' } } },
    });
  });
});

describe('one operation', () => {
  it('loads an ICCID once, named fifty times in lists, aliases and nesting', async () => {
    const { ask, usageCalls, events } = await startGateway();
    const iccid = scenarioIccids.dataPlan;
    const numbers = '... on EsimUsage { iccid data { remaining } }';
    const nested = `... on EsimUsage { esim { usage { ${numbers} ... on EsimUsage { esim { usage { ${numbers} } } } } } }`;
    const aliases = Array.from(
      { length: 14 },
      (_, at) => `a${at}: esimUsage(iccid: "${iccid}") { ${numbers} }`,
    );
    const lists = Array.from(
      { length: 4 },
      (_, at) => `l${at}: esimUsages(iccids: ["${iccid}", "${iccid}", "${iccid}"]) { ${nested} }`,
    );
    const one = { iccid, data: { remaining: 767 } };
    const deep = { esim: { usage: { ...one, esim: { usage: one } } } };

    expect(await ask(`{ ${aliases.join(' ')} ${lists.join(' ')} }`)).toEqual({
      status: 200,
      body: {
        data: Object.fromEntries([
          ...aliases.map((_, at) => [`a${at}`, one]),
          ...lists.map((_, at) => [`l${at}`, [deep, deep, deep]]),
        ]),
      },
    });
    expect(usageCalls()).toEqual([iccid]);
    // Not even the cache was asked twice.
    expect(events.filter(({ type }) => type.startsWith('cache.')).map(({ type }) => type)).toEqual([
      'cache.miss',
      'cache.fill',
    ]);
  });

  it('warns of no leak however many readings it waits for', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', warned);
    const { ask } = await startGateway();
    await ask(readSeveral, { iccids: fleetIccids(50) });
    // Node tells of a warning in the next turn of its loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
