import { cacheExchange } from '@urql/exchange-graphcache';
import { cacheKeys, UsageOfEsimDocument } from 'esim-usage-gateway/client';
import type { ReactElement } from 'react';
import { Client, fetchExchange, useQuery } from 'urql';
import schema from './generated/schema.json' with { type: 'json' };
import { UsageCard } from './usage-card.js';
import { useAskAgain } from './use-ask-again.js';

export function createUrqlClient(url: string): Client {
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [cacheExchange({ schema, keys: cacheKeys }), fetchExchange],
  });
}

export function UrqlUsage({ iccid }: { readonly iccid: string }): ReactElement {
  const [{ data, fetching, stale }, ask] = useQuery({ query: UsageOfEsimDocument, variables: { iccid } });
  useAskAgain(data?.esimUsage, fetching || stale, () => ask({ requestPolicy: 'network-only' }));
  if (fetching && !data) return <p>One moment</p>;
  return <UsageCard result={data?.esimUsage} locale="en-GB" />;
}
