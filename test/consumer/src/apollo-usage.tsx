import { ApolloClient, type ApolloLink, InMemoryCache } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { possibleTypes, typePolicies, UsageOfEsimDocument } from 'esim-usage-gateway/client';
import type { ReactElement } from 'react';
import { UsageCard } from './usage-card.js';
import { useAskAgain } from './use-ask-again.js';

export function createApolloClient(link: ApolloLink): ApolloClient {
  return new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
}

export function ApolloUsage({ iccid }: { readonly iccid: string }): ReactElement {
  const { data, loading, refetch } = useQuery(UsageOfEsimDocument, { variables: { iccid } });
  useAskAgain(data?.esimUsage, loading, refetch);
  if (loading && !data) return <p>One moment</p>;
  return <UsageCard result={data?.esimUsage} locale="en-GB" />;
}
