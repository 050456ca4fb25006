import { ApolloClient, gql, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import {
  cacheKeys,
  describeUsage,
  possibleTypes,
  typePolicies,
  UsageOfEsimDocument,
  type UsageOfEsimQuery,
  UsageOfEsimsDocument,
} from 'esim-usage-gateway/client';
import type { DocumentNode } from 'graphql';
import { Client, cacheExchange as documentCache, type Exchange, fetchExchange } from 'urql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApolloClient } from '../src/apollo-usage.js';
import schema from '../src/generated/schema.json' with { type: 'json' };
import { fetchOf, iccid, inTurn, later, linkOf, noon, problem, reading } from './answers.js';

/** What a screen shows: of which moment it says that the numbers are, and how much data is left. */
type Shown = readonly [fetchedAt: unknown, remaining: unknown];

interface DataQuery {
  readonly esimUsage: {
    readonly data?: { readonly remaining: number } | null;
    readonly freshness?: { readonly fetchedAt: string };
  } | null;
}

const variables = { iccid };
const ofData: TypedDocumentNode<DataQuery, { iccid: string }> = gql`
  query OfData($iccid: ICCID!) {
    esimUsage(iccid: $iccid) {
      __typename
      ... on EsimUsage { iccid data { remaining } freshness { fetchedAt } }
    }
  }
`;
const ofVoice = gql`
  query OfVoice($iccid: ICCID!) {
    esimUsage(iccid: $iccid) {
      __typename
      ... on EsimUsage { iccid voice { remaining } freshness { fetchedAt staleReason } }
    }
  }
`;
const withoutKey = gql`
  query WithoutKey($iccid: ICCID!) {
    esimUsage(iccid: $iccid) {
      __typename
      ... on EsimUsage { status }
    }
  }
`;
const [first, second] = [reading(noon, 767), reading(later, 700)];
const results: Readonly<Record<string, UsageOfEsimQuery['esimUsage']>> = {
  'a reading': first,
  'a newer reading': second,
  'a problem': problem('NOT_FOUND', null),
  'another problem': problem('THROTTLED', 12),
  nothing: null,
};
const names = Object.keys(results);
const pairs = names.flatMap((before) => names.map((after) => [before, after] as const));

const shownOf = (data: DataQuery | undefined): Shown[] =>
  data?.esimUsage ? [[data.esimUsage.freshness?.fetchedAt, data.esimUsage.data?.remaining ?? null]] : [];

describe('in Apollo Client', () => {
  /** All that the first screen shows, while a second one gets a newer reading without its data. */
  async function shownBeside(policies: ConstructorParameters<typeof InMemoryCache>[0]): Promise<Shown[]> {
    const answers = inTurn({ esimUsage: first }, { esimUsage: second });
    const client = new ApolloClient({ link: linkOf(answers), cache: new InMemoryCache(policies) });
    const shown: Shown[] = [];
    const screen = client.watchQuery({ query: ofData, variables }).subscribe(({ data, dataState }) => {
      if (dataState === 'complete') shown.push(...shownOf(data));
    });
    onTestFinished(() => screen.unsubscribe());
    await vi.waitFor(() => expect(shown).toHaveLength(1));
    await client.query({ query: ofVoice, variables, fetchPolicy: 'network-only' });
    await vi.waitFor(() => expect(shown.at(-1)?.[0]).toBe(later));
    return shown;
  }

  it('data of one reading never stands beside the age of another', async () => {
    expect(await shownBeside({ possibleTypes, typePolicies })).toEqual([
      [noon, 767],
      [later, 700],
    ]);
  });

  it('it would with the ICCID alone as key, so this test can see it', async () => {
    const keyFields = ['iccid'];
    const mixing = { ...typePolicies, EsimUsage: { keyFields } };
    expect(await shownBeside({ possibleTypes, typePolicies: mixing })).toContainEqual([later, 767]);
  });

  it.each(pairs)('what was answered last is there, without a warning: %s, then %s', async (before, after) => {
    const answers = inTurn({ esimUsage: results[before] }, { esimUsage: results[after] });
    const client = createApolloClient(linkOf(answers));
    await client.query({ query: UsageOfEsimDocument, variables });
    await client.query({ query: UsageOfEsimDocument, variables, fetchPolicy: 'network-only' });
    expect(client.readQuery({ query: UsageOfEsimDocument, variables })?.esimUsage).toEqual(results[after]);
  });

  it('a list in which readings and problems take each other’s places is kept, without a warning', async () => {
    const [one, other] = [results['a reading'], results['another problem']];
    const answers = inTurn({ esimUsages: [one, other] }, { esimUsages: [other, second] });
    const client = createApolloClient(linkOf(answers));
    const question = { query: UsageOfEsimsDocument, variables: { iccids: [iccid, iccid] } };
    await client.query(question);
    await client.query({ ...question, fetchPolicy: 'network-only' });
    expect(client.readQuery(question)?.esimUsages).toEqual([other, second]);
  });

  it('a reading without its key is refused', () => {
    const cache = new InMemoryCache({ possibleTypes, typePolicies });
    const data = { esimUsage: { __typename: 'EsimUsage', status: 'ACTIVE' } };
    expect(() => cache.writeQuery({ query: withoutKey, variables, data })).toThrow(/Missing field/);
  });
});

describe('in urql', () => {
  function clientOf(cache: Exchange, answers: Parameters<typeof fetchOf>[0]): Client {
    const url = 'http://127.0.0.1/graphql';
    return new Client({
      url,
      preferGetMethod: false,
      fetch: fetchOf(answers),
      exchanges: [cache, fetchExchange],
    });
  }

  /** All that the first screen shows, while another one gets a newer reading. */
  async function shownBeside(cache: Exchange, other: DocumentNode): Promise<Shown[]> {
    const client = clientOf(cache, inTurn({ esimUsage: first }, { esimUsage: second }));
    const shown: Shown[] = [];
    const screen = client.query(ofData, variables).subscribe(({ data }) => {
      shown.push(...shownOf(data));
    });
    onTestFinished(screen.unsubscribe);
    await vi.waitFor(() => expect(shown).toHaveLength(1));
    await client.query(other, variables, { requestPolicy: 'network-only' }).toPromise();
    await vi.waitFor(() => expect(shown.at(-1)?.[0]).toBe(later));
    return shown;
  }

  const graphcache = (keys: KeyingConfig = cacheKeys): Exchange => cacheExchange({ schema, keys });

  it('data of one reading never stands beside the age of another', async () => {
    // Null: what the other operation did not select is not known of the newer reading.
    expect(await shownBeside(graphcache(), ofVoice)).toEqual([
      [noon, 767],
      [later, null],
    ]);
  });

  it('a screen gets the newer reading of another that selects all of it', async () => {
    expect(await shownBeside(graphcache(), UsageOfEsimDocument)).toEqual([
      [noon, 767],
      [later, 700],
    ]);
  });

  it('it would with the ICCID alone as key, so this test can see it', async () => {
    const keys = { ...cacheKeys, EsimUsage: cacheKeys.Esim };
    expect(await shownBeside(graphcache(keys), ofVoice)).toContainEqual([later, 767]);
  });

  it.each(pairs)('what was answered last is there, without a warning: %s, then %s', async (before, after) => {
    for (const cache of [graphcache(), documentCache]) {
      const client = clientOf(cache, inTurn({ esimUsage: results[before] }, { esimUsage: results[after] }));
      await client.query(UsageOfEsimDocument, variables).toPromise();
      await client.query(UsageOfEsimDocument, variables, { requestPolicy: 'network-only' }).toPromise();
      const { data } = await client.query(UsageOfEsimDocument, variables).toPromise();
      expect(describeUsage(data?.esimUsage, 'en-GB')).toEqual(describeUsage(results[after], 'en-GB'));
    }
  });

  it('a reading without its key is refused', () => {
    expect(() => cacheKeys.EsimUsage({ __typename: 'EsimUsage', status: 'ACTIVE' })).toThrow(/Select/);
  });
});
