// @vitest-environment happy-dom
import { setImmediate } from 'node:timers/promises';
import { ApolloProvider } from '@apollo/client/react';
import type { ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { Client, cacheExchange, fetchExchange, Provider } from 'urql';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { ApolloUsage, createApolloClient } from '../src/apollo-usage.js';
import { UrqlUsage } from '../src/urql-usage.js';
import { fetchOf, iccid, inTurn, later, linkOf, noon, problem, reading } from './answers.js';

type Answers = ReturnType<typeof inTurn>;

const clients: readonly [string, (answers: Answers) => ReactElement][] = [
  [
    'Apollo Client',
    (answers) => (
      <ApolloProvider client={createApolloClient(linkOf(answers))}>
        <ApolloUsage iccid={iccid} />
      </ApolloProvider>
    ),
  ],
  [
    'urql',
    (answers) => (
      <Provider
        value={
          new Client({
            url: 'http://127.0.0.1/graphql',
            preferGetMethod: false,
            fetch: fetchOf(answers),
            exchanges: [cacheExchange, fetchExchange],
          })
        }
      >
        <UrqlUsage iccid={iccid} />
      </Provider>
    ),
  ],
];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(noon), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** Lets this time pass, and React and the client do what they then have to. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn += 1) {
    await setImmediate();
    await vi.advanceTimersByTimeAsync(0);
  }
}

it.each(clients)('a card on %s asks again when there is something new', async (_name, cardOf) => {
  const [old, fresh] = [reading(noon, 767), reading(later, 700)];
  const answers = inTurn({ esimUsage: old }, { esimUsage: old }, { esimUsage: fresh });
  const page = document.createElement('div');
  const root = createRoot(page);
  root.render(cardOf(answers));
  onTestFinished(() => root.unmount());

  await pass(0);
  expect([answers.asked, page.textContent?.includes('767 MB of 2 GB left')]).toEqual([1, true]);
  await pass(20 * 60_000);
  expect(answers.asked).toBe(1);
  // The same answer once more, as when this device's clock is ahead: it asks on.
  await pass(1_000);
  expect(answers.asked).toBe(2);
  await pass(4_900);
  expect(answers.asked).toBe(2);
  await pass(100);
  expect([answers.asked, page.textContent?.includes('700 MB of 2 GB left')]).toEqual([3, true]);
});

it.each(clients)(
  'a card on %s comes back when a problem says so, and not where it is for good',
  async (_name, cardOf) => {
    const answers = inTurn(
      { esimUsage: problem('THROTTLED', 12) },
      { esimUsage: problem('NOT_FOUND', null) },
    );
    const root = createRoot(document.createElement('div'));
    root.render(cardOf(answers));
    onTestFinished(() => root.unmount());

    await pass(0);
    await pass(11_900);
    expect(answers.asked).toBe(1);
    await pass(100);
    expect(answers.asked).toBe(2);
    await pass(24 * 60 * 60_000);
    expect(answers.asked).toBe(2);
  },
);
