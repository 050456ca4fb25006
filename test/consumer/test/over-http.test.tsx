import { HttpLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { describeUsage, type UsageDescription, UsageOfEsimDocument } from 'esim-usage-gateway/client';
import { scenarioIccids } from 'esim-usage-gateway/simulator';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Client, cacheExchange, fetchExchange, Provider } from 'urql';
import { expect, it } from 'vitest';
import { ApolloUsage, createApolloClient } from '../src/apollo-usage.js';
import { SupportViewDocument } from '../src/generated/graphql.js';
import { showUsage } from '../src/show-usage.js';
import { supportHeading } from '../src/support-view.js';
import { createUrqlClient, UrqlUsage } from '../src/urql-usage.js';

/** A gateway that was started as a process: `npx esim-usage-gateway --simulator`. */
const url = process.env.GATEWAY_URL ?? '';
const iccid = scenarioIccids.dataPlan;
const left = '767 MB of 2 GB left';

const textOf = (element: ReactElement): string => renderToStaticMarkup(element).replaceAll(/<[^>]*>/g, ' ');

it('shows a card on Apollo Client', async () => {
  const client = createApolloClient(new HttpLink({ uri: url }));
  await client.query({ query: UsageOfEsimDocument, variables: { iccid } });
  const shown = textOf(
    <ApolloProvider client={client}>
      <ApolloUsage iccid={iccid} />
    </ApolloProvider>,
  );
  expect(shown).toContain(left);
  expect(shown).toContain('Test numbers, not real usage.');
});

it('shows a card on urql with Graphcache', async () => {
  const client = createUrqlClient(url);
  await client.query(UsageOfEsimDocument, { iccid }).toPromise();
  const shown = textOf(
    <Provider value={client}>
      <UrqlUsage iccid={iccid} />
    </Provider>,
  );
  expect(shown).toContain(left);
});

it('answers urql’s document cache', async () => {
  const client = new Client({ url, preferGetMethod: false, exchanges: [cacheExchange, fetchExchange] });
  const { data } = await client.query(UsageOfEsimDocument, { iccid }).toPromise();
  expect(describeUsage(data?.esimUsage, 'en-GB').allowances[0]?.text).toBe(left);
});

it('answers an operation that was made by codegen', async () => {
  const client = createUrqlClient(url);
  const { data } = await client.query(SupportViewDocument, { iccid }).toPromise();
  expect(data && supportHeading(data)).toBe('Active (ACTIVE)');
});

it('refuses urql’s GET without a header that only a script of the page can set', async () => {
  const exchanges = [cacheExchange, fetchExchange];
  const bare = await new Client({ url, exchanges }).query(UsageOfEsimDocument, { iccid }).toPromise();
  expect(bare.error?.message).toContain('Cross-Site Request Forgery');
  const fetchOptions = { headers: { 'apollo-require-preflight': 'true' } };
  const client = new Client({ url, exchanges, fetchOptions });
  const { data } = await client.query(UsageOfEsimDocument, { iccid }).toPromise();
  expect(data?.esimUsage?.__typename).toBe('EsimUsage');
});

it('is shown by plain fetch until it is told to stop', async () => {
  const stop = new AbortController();
  const shown = await new Promise<UsageDescription>((resolve, reject) => {
    showUsage(url, iccid, resolve, stop.signal).catch(reject);
  });
  stop.abort();
  expect(shown.allowances[0]?.text).toBe(left);
});
