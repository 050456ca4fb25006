import { once } from 'node:events';
import { createServer } from 'node:http';
import { ask, bodyOf, UsageOfEsimDocument, UsageOfEsimsDocument } from 'esim-usage-gateway/client';
import { scenarioIccids } from 'esim-usage-gateway/simulator';
import { type DocumentNode, print, validate } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as operations from '../../src/generated/operations.js';
import { createSchema } from '../../src/schema/schema.js';
import { startGateway } from '../support/start-gateway.js';

/** A server that answers all with this. */
async function startServerOf(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
  return `http://127.0.0.1:${address.port}/graphql`;
}

const iccid = scenarioIccids.dataPlan;

describe('asking by plain fetch', () => {
  it('gives the answer of the gateway, typed', async () => {
    const { url } = await startGateway();
    expect(await ask(url, UsageOfEsimDocument, { iccid })).toEqual({
      data: {
        esimUsage: {
          __typename: 'EsimUsage',
          iccid,
          status: 'ACTIVE',
          isUnlimited: false,
          data: { unit: 'MEGABYTES', total: 2_048, remaining: 767, used: 1_281 },
          voice: null,
          text: null,
          expiresAt: '2026-01-31T00:00:01.000Z',
          freshness: {
            fetchedAt: '2026-01-01T00:00:01.000Z',
            asOfNotBefore: '2025-12-31T23:40:01.000Z',
            freshUntil: '2026-01-01T00:20:01.000Z',
            staleReason: null,
          },
          environment: 'PRODUCTION',
        },
      },
    });
  });

  it('gives the errors of a request that the gateway refuses', async () => {
    const { url } = await startGateway();
    const answer = await ask(url, UsageOfEsimsDocument, {
      iccids: Array.from({ length: 1_001 }, () => iccid),
    });
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT']);
    expect(answer.data).toEqual({ esimUsages: null });
  });

  it('sends further headers, and gives up when it is told to', async () => {
    const { url } = await startGateway();
    const sent: unknown[] = [];
    const gone = new AbortController();
    const answer = await ask(
      url,
      UsageOfEsimDocument,
      { iccid },
      {
        headers: { authorization: 'Bearer x' },
        signal: gone.signal,
        async fetch(address, request) {
          sent.push([address, request]);
          return { status: 200, json: async () => ({ data: null, errors: [] }) };
        },
      },
    );
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
    const body = bodyOf(UsageOfEsimDocument, { iccid });
    expect(sent).toEqual([[url, { method: 'POST', headers, body, signal: gone.signal }]]);
    expect(answer).toEqual({ data: null, errors: [] });

    gone.abort();
    await expect(ask(url, UsageOfEsimDocument, { iccid }, { signal: gone.signal })).rejects.toThrow(/abort/);
  });

  it.each([
    [502, '<html>Bad gateway</html>'],
    [200, ''],
    [200, '"text"'],
    [404, '{"status":"nothing here"}'],
  ])('rejects with the status when what comes back is not GraphQL’s: %i %s', async (status, body) => {
    const url = await startServerOf(status, body);
    await expect(ask(url, UsageOfEsimDocument, { iccid })).rejects.toThrow(
      new Error(`The answer is not GraphQL's: HTTP ${status}.`),
    );
  });
});

describe('each document that is handed out', () => {
  const documents = Object.entries<DocumentNode>(operations);

  it.each(documents)('has its own text with it: %s', (_name, document) => {
    expect(document.loc?.source.body).toBe(print(document));
    expect(document.loc?.end).toBe(print(document).length);
  });

  it.each([{}, { federation: true }])('is answered by the schema, with %j', (options) => {
    const { schema } = createSchema(options);
    const faults = documents.flatMap(([name, document]) =>
      name.endsWith('FragmentDoc') ? [] : validate(schema, document),
    );
    expect(faults).toEqual([]);
  });
});
