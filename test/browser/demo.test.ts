import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDemo } from '../../src/pages/demo.js';
import { readPages } from '../../src/pages/pages.js';
import { accessibilityFaults, lacksChromium, openPage, startBrowser } from '../support/browser.js';
import { simulated } from '../support/example-answers.js';
import { documentedLimits, type StartOptions, startGateway } from '../support/start-gateway.js';

// A page takes a second to open, and more where much else is done.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const pages = readPages([createDemo(simulated)]);

describe.skipIf(lacksChromium())('the demo in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  /** Opens the page and waits until every card in the list has something to show. */
  async function openDemo(
    { locale = 'en-GB', timezoneId = 'Asia/Tokyo', ...options }: BrowserContextOptions = {},
    module: StartOptions['module'] = {},
  ): Promise<Page> {
    const { url } = await startGateway({ pages, module: { sandbox: true, ...module } });
    const page = await openPage(browser, new URL('/demo', url).href, { locale, timezoneId, ...options });
    await page.locator('#live .card:not([aria-busy])').nth(11).waitFor();
    return page;
  }

  async function cardsIn(page: Page, list: string): Promise<string> {
    const cards = await page.locator(`${list} .card`).allInnerTexts();
    return cards.map((text) => text.replace(/\n+/g, '\n  ')).join('\n');
  }

  it('shows one eSIM of each kind, in the zone and the way of the reader', async () => {
    const page = await openDemo();
    expect(await cardsIn(page, '#live')).toMatchInlineSnapshot(`
      "Data plan
        8944465400000267221
        Active
        Data
        767 MB of 2 GB left
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 31 Jan 2026, 09:00
      Data voice text plan
        89012345678901234568
        Active
        Data
        767 MB of 2 GB left
        Calls
        60 mins of 100 mins left
        Texts
        20 texts of 50 texts left
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 31 Jan 2026, 09:00
      Unlimited
        8910300000005271146
        Active
        Data
        Unlimited
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 31 Jan 2026, 09:00
      Unlimited with numbers
        8997212330099025334
        Active
        Data
        Unlimited
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 1 Jan 2022, 09:00
      Not active
        89012345678901234567
        Not in use yet
        Data
        3 GB of 3 GB left
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
      Used up
        89340000000000872
        Used up
        Data
        0 MB of 1 GB left
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 1 Jan 2022, 09:00
      Expired
        894000000000001
        Expired
        Data
        300 MB of 1 GB unused
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 1 Jan 2022, 09:00
      Recycled
        891000000000009125
        Withdrawn
        The operator has taken this eSIM back. It cannot be used again.
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
      Unknown
        8944465400000267239
        Status not known
        Data
        Not known
        How this eSIM stands is not known.
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
      Undocumented status
        8944465400000267247
        Status not known
        Data
        512 MB of 1 GB left
        How this eSIM stands is not known.
        Test numbers, not real usage.
        As of 1 Jan 2026, 08:00
        Valid until 1 Jan 2022, 09:00
      Not found
        8944465400000267254
        eSIM not found
        There is no eSIM of this number.
      Malformed number
        8944 4654 0000 0267 221
        Not an eSIM number
        An eSIM number has 15 to 22 digits."
    `);
    expect(await page.getByRole('status').innerText()).toBe('12 eSIMs shown.');
  });

  it('shows a sample of each trouble', async () => {
    const page = await openDemo();
    const cards = await cardsIn(page, '#samples');
    expect(cards.replace(/(As of|Valid until) .*/g, '$1 …')).toMatchInlineSnapshot(`
      "Old, a new one on its way
        not a real one
        Active
        Data
        307 MB of 2 GB left
        Newer numbers are on their way.
        As of …
        Valid until …
      Old, no room for a new one
        not a real one
        Active
        Data
        307 MB of 2 GB left
        There is no newer reading yet: many eSIMs are being read at the moment.
        As of …
        Valid until …
      Old, no answer in time
        not a real one
        Active
        Data
        307 MB of 2 GB left
        There is no newer reading yet: the operator has not answered.
        As of …
        Valid until …
      Old, provider down
        not a real one
        Active
        Data
        307 MB of 2 GB left
        There is no newer reading: the operator cannot be reached at the moment.
        As of …
        Valid until …
      Nothing yet, no room
        not a real one
        Please wait
        Many eSIMs are being read at the moment.
        Try again in 12 secs.
      Nothing yet, no answer in time
        not a real one
        No answer in time
        The operator has not answered yet.
        Try again in 12 secs.
      Nothing yet, provider down
        not a real one
        Not available
        The operator cannot be reached at the moment.
        Try again in 12 secs.
      The gateway did not answer
        not a real one
        Not available
        The operator cannot be reached at the moment."
    `);
    expect(await page.locator('#samples .card.old').count()).toBe(4);
  });

  it('draws a bar for a number only: none for what is unlimited or not known', async () => {
    const page = await openDemo();
    const bars = await page
      .getByRole('meter')
      .evaluateAll((meters) =>
        meters.map((meter) => [
          meter.closest('.card')?.querySelector('h3')?.textContent,
          meter.getAttribute('aria-label'),
          meter.getAttribute('aria-valuenow'),
          meter.getAttribute('aria-valuetext'),
        ]),
      );
    expect(bars.slice(0, 8)).toMatchInlineSnapshot(`
      [
        [
          "Data plan",
          "Data",
          "37",
          "767 MB of 2 GB left",
        ],
        [
          "Data voice text plan",
          "Data",
          "37",
          "767 MB of 2 GB left",
        ],
        [
          "Data voice text plan",
          "Calls",
          "60",
          "60 mins of 100 mins left",
        ],
        [
          "Data voice text plan",
          "Texts",
          "40",
          "20 texts of 50 texts left",
        ],
        [
          "Not active",
          "Data",
          "100",
          "3 GB of 3 GB left",
        ],
        [
          "Used up",
          "Data",
          "0",
          "0 MB of 1 GB left",
        ],
        [
          "Expired",
          "Data",
          "29",
          "300 MB of 1 GB unused",
        ],
        [
          "Undocumented status",
          "Data",
          "50",
          "512 MB of 1 GB left",
        ],
      ]
    `);
  });

  it('tells those who are too many when to come back, all by the keyboard', async () => {
    const page = await openDemo({}, { ...documentedLimits, deadlineMs: 500 });
    await page.getByRole('button', { name: 'Read 60 more' }).press('Enter');
    await page.locator('#crowd .card:not([aria-busy])').nth(59).waitFor();
    const cards = (await cardsIn(page, '#crowd')).split(/\n(?=eSIM)/);
    const waiting = cards.filter((card) =>
      /Please wait\n {2}Many eSIMs are being read at the moment\.\n {2}Try again in \d+ secs?\./.test(card),
    );
    const read = cards.filter((card) => / left\n/.test(card));
    expect([waiting.length + read.length, waiting.length > 0]).toEqual([60, true]);
    expect(await page.evaluate('document.activeElement.id')).toBe('crowd');
  });

  it.each(['light', 'dark'] as const)('can be used by everybody: %s', async (colorScheme) => {
    const page = await openDemo({ colorScheme });
    expect(await accessibilityFaults(page, {})).toEqual([]);
  });

  it('needs no scrolling sideways on a phone', async () => {
    const page = await openDemo({ viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});
