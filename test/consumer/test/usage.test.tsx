// @vitest-environment happy-dom
import { ApolloProvider } from '@apollo/client/react';
import { fleetIccids, type SimulatorOptions, scenarioIccids } from 'esim-usage-gateway/simulator';
import { createRoot } from 'react-dom/client';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ApolloUsage, createApolloClient } from '../src/apollo-usage.js';
import { startInProcessGateway } from './in-process-gateway.js';

async function expectCard(iccid: string, text: string, options: SimulatorOptions = {}): Promise<void> {
  const { link } = await startInProcessGateway(options);
  const page = document.createElement('div');
  const root = createRoot(page);
  onTestFinished(() => root.unmount());
  root.render(
    <ApolloProvider client={createApolloClient(link)}>
      <ApolloUsage iccid={iccid} />
    </ApolloProvider>,
  );
  await vi.waitFor(() => expect(page.textContent).toContain(text));
}

it('shows how much is left', () => expectCard(scenarioIccids.dataPlan, '767 MB of 2 GB left'));

it('shows an eSIM that nobody knows', () => expectCard(scenarioIccids.notFound, 'eSIM not found'));

it('shows one of a whole fleet', async () => {
  const [, , third = ''] = fleetIccids(3);
  await expectCard(third, '514 MB of 1 GB left');
});

it('shows an eSIM made for this test', () => {
  const data = { total: 5120, remaining: 1, usedPerHour: 0 };
  const esim = { kind: 'plan', isUnlimited: false, expiresInMs: 3_600_000, data } as const;
  return expectCard('894000000000777', '1 MB of 5 GB left', { esims: new Map([['894000000000777', esim]]) });
});

it('shows that the operator cannot be reached', () =>
  expectCard(scenarioIccids.dataPlan, 'Not available', {
    intercept: ({ arrival, reply }) => (arrival.kind === 'usage' ? { ...reply, status: 500 } : undefined),
  }));
