import { fleetIccids, scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { createLatch } from '../support/latch.js';
import { createManualClock } from '../support/manual-clock.js';
import { everyField, type StartedGateway } from '../support/start-gateway.js';
import { gateways, startSupergraph } from '../support/supergraph.js';

const { recycled, notFound } = scenarioIccids;
const fifty = fleetIccids(50);
const malformed = '89-no-iccid';
const readOrder = `{ order(id: "7") { id esims { iccid label usage { ${everyField} } } } }`;
const status = `... on EsimUsage { status } ... on EsimUsageProblem { code retryAfterSeconds }`;
const readStatus = `{ order(id: "7") { esims { label usage { ${status} } } } }`;

/** What is to be answered where there is no reading. */
const problems: Readonly<Record<string, unknown>> = {
  [notFound]: {
    __typename: 'EsimUsageProblem',
    requestedIccid: notFound,
    code: 'NOT_FOUND',
    message: 'No eSIM with this ICCID is known.',
    retryAfterSeconds: null,
  },
  [malformed]: {
    __typename: 'EsimUsageProblem',
    requestedIccid: null,
    code: 'INVALID_ICCID',
    message: 'An ICCID is a string of 15 to 22 digits.',
    retryAfterSeconds: null,
  },
};

/** A reading as the subgraph gives it without a gateway. */
async function readDirectly({ ask }: StartedGateway, iccid: string): Promise<unknown> {
  const { body } = await ask(`query ($iccid: ICCID!) { esimUsage(iccid: $iccid) { ${everyField} } }`, {
    iccid,
  });
  const { esimUsage } = Object(body).data;
  expect(esimUsage).toMatchObject({ __typename: 'EsimUsage', iccid });
  return esimUsage;
}

const labelOf = (iccid: string): string => `eSIM ending in ${iccid.slice(-4)}`;

describe.each(Object.entries(gateways))('%s', (_name, start) => {
  it('answers each of fifty eSIMs of another subgraph for itself', async () => {
    const iccids = [...fifty.slice(0, 47), recycled, notFound, malformed];
    const { usage, supergraphSdl } = await startSupergraph({ '7': iccids });
    const ask = await start(supergraphSdl);

    expect(await ask(readOrder)).toEqual({
      errors: 0,
      data: {
        order: {
          id: '7',
          esims: await Promise.all(
            iccids.map(async (iccid) => ({
              iccid,
              label: labelOf(iccid),
              usage: problems[iccid] ?? (await readDirectly(usage, iccid)),
            })),
          ),
        },
      },
    });
    expect(usage.usageCalls().sort()).toEqual([...iccids.slice(0, 49)].sort());
  });

  it('asks the upstream once for an eSIM that is in an order many times', async () => {
    const [one = '', other = ''] = fifty;
    const iccids = [one, other, one, one, other];
    const { usage, supergraphSdl } = await startSupergraph({ '7': iccids });
    const ask = await start(supergraphSdl);
    expect(await ask(readStatus)).toEqual({
      errors: 0,
      data: {
        order: { esims: iccids.map((iccid) => ({ label: labelOf(iccid), usage: { status: 'ACTIVE' } })) },
      },
    });
    expect(usage.usageCalls()).toEqual([one, other]);
  });

  it('goes on from a reading to what other subgraphs know of its eSIM', async () => {
    const [iccid = ''] = fifty;
    const { supergraphSdl } = await startSupergraph({});
    const ask = await start(supergraphSdl);
    expect(
      await ask(`{ esimUsage(iccid: "${iccid}") { ... on EsimUsage { status esim { iccid label } } } }`),
    ).toEqual({
      errors: 0,
      data: { esimUsage: { status: 'ACTIVE', esim: { iccid, label: labelOf(iccid) } } },
    });
  });

  it('keeps the other subgraph’s data when this one is down', async () => {
    const [one = '', other = ''] = fifty;
    const { usage, supergraphSdl } = await startSupergraph({ '7': [one, other] });
    const ask = await start(supergraphSdl);
    await usage.stop();
    const { data, errors } = await ask(readStatus);
    expect(data).toEqual({
      order: { esims: [one, other].map((iccid) => ({ label: labelOf(iccid), usage: null })) },
    });
    expect(errors).toBeGreaterThan(0);
  });

  it('gets what is there at the deadline when the upstream is slow, and no error', async () => {
    const [quick = '', slow = ''] = fifty;
    const clock = createManualClock();
    const { usage, supergraphSdl } = await startSupergraph({ '7': [quick, slow] }, { clock });
    const ask = await start(supergraphSdl);
    const came = createLatch();
    usage.bendUsage(({ arrival }) => (arrival.iccid === slow ? came.opened : undefined));
    const answer = ask(readStatus);
    await usage.seen('cache.fill');
    await usage.seen('upstream.request', 2);
    await clock.advance(8_000);
    expect(await answer).toEqual({
      errors: 0,
      data: {
        order: {
          esims: [
            { label: labelOf(quick), usage: { status: 'ACTIVE' } },
            { label: labelOf(slow), usage: { code: 'TIMED_OUT', retryAfterSeconds: 1 } },
          ],
        },
      },
    });
    came.open();
  });
});
