import { createHash } from 'node:crypto';
import { scenarioIccids } from 'esim-usage-gateway/simulator';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../src/schema/schema.js';
import { createTrustedDocuments, manifestFaults, readManifest } from '../src/trusted-documents.js';
import { startGateway } from './support/start-gateway.js';

const listed = `query Usage($iccid: ICCID!) {
  esimUsage(iccid: $iccid) { __typename ... on EsimUsage { iccid } }
}`;
const id = createHash('sha256').update(listed).digest('hex');
const iccid = scenarioIccids.dataPlan;
const variables = { iccid };
const answer = { status: 200, body: { data: { esimUsage: { __typename: 'EsimUsage', iccid } } } };
const json = { 'content-type': 'application/json' };

const refusal = (code: string) => ({
  status: 400,
  body: {
    errors: [
      {
        message: 'This operation is not on the list of those that are answered here.',
        extensions: { code },
      },
    ],
  },
});

/** A gateway that answers the listed operation only. */
async function startTrusting() {
  const gateway = await startGateway({ trusted: createTrustedDocuments(new Map([[id, listed]])) });
  return {
    ...gateway,
    post: (body: object) =>
      gateway.send('/graphql', { method: 'POST', headers: json, body: JSON.stringify(body) }),
    get: (parameters: Record<string, string>) =>
      gateway.send(`/graphql?${new URLSearchParams(parameters)}`, {
        headers: { 'apollo-require-preflight': '1' },
      }),
  };
}

describe('a manifest', () => {
  it('is read as the tools of Apollo, and as those of Relay and GraphQL Code Generator write it', () => {
    const operation = { id, name: 'Usage', type: 'query', body: listed };
    const apollos = { format: 'apollo-persisted-query-manifest', version: 1, operations: [operation] };
    expect(readManifest(JSON.stringify(apollos))).toEqual(new Map([[id, listed]]));
    expect(readManifest(JSON.stringify({ [id]: listed }))).toEqual(new Map([[id, listed]]));
  });

  it.each([
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['nothing in it', '{}'],
    ['another version', '{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}'],
    ['no operations', '{"format":"apollo-persisted-query-manifest","version":1,"operations":[]}'],
    ['operations without a text', '{"a":{"b":"c"}}'],
  ])('is refused when it is %s', (_name, text) => {
    expect(() => readManifest(text)).toThrow();
  });

  it('is held to the schema, each document for itself', () => {
    const { schema } = createSchema();
    const manifest = new Map([
      ['good', listed],
      ['gone', '{ esimBalance { amount } }'],
      ['broken', 'query {'],
    ]);
    expect(manifestFaults(manifest, schema)).toEqual([
      'gone: Cannot query field "esimBalance" on type "Query". Did you mean "esimUsage"?',
      'broken: Syntax Error: Expected Name, found <EOF>.',
    ]);
  });
});

describe('a gateway that answers listed operations only', () => {
  it.each<[string, object]>([
    ['Apollo', { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }],
    ['GraphQL over HTTP', { documentId: id }],
    ['Relay, in its older way', { doc_id: id }],
    ['Relay', { id }],
    ['no tool', { query: listed }],
    ['no tool, with other spaces and commas', { query: `# a comment\n${listed.replace(/\s+/g, ' , ')}` }],
    [
      'Apollo, with the text beside its id',
      { query: listed, extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
    ],
  ])('runs one that is asked for as %s does', async (_name, question) => {
    const { post } = await startTrusting();
    expect(await post({ ...question, variables })).toEqual(answer);
  });

  it.each<[string, Record<string, string>]>([
    ['Apollo', { extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } }) }],
    ['GraphQL over HTTP', { documentId: id }],
    ['no tool', { query: listed }],
  ])('runs one that is asked for by GET as %s does', async (_name, parameters) => {
    const { get } = await startTrusting();
    expect(await get({ ...parameters, variables: JSON.stringify(variables) })).toEqual(answer);
  });

  it.each<[string, object, string]>([
    ['another text', { query: '{ __typename }' }, 'QUERY_NOT_IN_SAFELIST'],
    ['introspection', { query: '{ __schema { queryType { name } } }' }, 'QUERY_NOT_IN_SAFELIST'],
    ['a field more', { query: listed.replace('iccid }', 'iccid status }') }, 'QUERY_NOT_IN_SAFELIST'],
    ['an operation more', { query: `${listed} query Other { __typename }` }, 'QUERY_NOT_IN_SAFELIST'],
    ['no tokens', { query: '"' }, 'QUERY_NOT_IN_SAFELIST'],
    [
      'another text under a good id',
      {
        query: '{ __typename }',
        documentId: id,
        extensions: { persistedQuery: { version: 1, sha256Hash: id } },
      },
      'QUERY_NOT_IN_SAFELIST',
    ],
    ['an id that nobody has', { documentId: 'x' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
    ['an id that every object has', { documentId: '__proto__' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
    [
      'an id that nobody has, as Apollo asks',
      { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
      'PERSISTED_QUERY_NOT_IN_LIST',
    ],
  ])('refuses %s, and notes why', async (_name, question, code) => {
    const { post, simulator, ended } = await startTrusting();
    expect(await post({ ...question, variables })).toEqual(refusal(code));
    expect(simulator.arrivals).toEqual([]);
    expect(ended).toMatchObject([{ status: 400, code }]);
  });

  it('refuses them by GET, too, however they are named', async () => {
    const { get } = await startTrusting();
    expect(await get({ query: '{ __typename }' })).toEqual(refusal('QUERY_NOT_IN_SAFELIST'));
    expect(await get({ extensions: '{"persistedQuery":{"version":1,"sha256Hash":"x"}}' })).toEqual(
      refusal('PERSISTED_QUERY_NOT_IN_LIST'),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['a list', [{ query: '{ __typename }' }]],
    ['no text as a query', { query: 5 }],
    ['no object as extensions', { extensions: 'x' }],
    ['no id', { extensions: { persistedQuery: { version: 1 } } }],
  ])('runs nothing where nothing is asked for: %s', async (_name, body) => {
    const { send } = await startTrusting();
    expect(
      await send('/graphql', { method: 'POST', headers: json, body: JSON.stringify(body) }),
    ).toMatchObject({
      status: expect.toSatisfy((status: number) => status === 400 || status === 200),
      body: { errors: [{}] },
    });
  });

  it('refuses a query that is there twice in an address', async () => {
    const { send } = await startTrusting();
    const path = `/graphql?query=${encodeURIComponent(listed)}&query={__typename}`;
    expect(await send(path, { headers: { 'apollo-require-preflight': '1' } })).toMatchObject({ status: 400 });
  });
});
