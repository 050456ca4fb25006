import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createExplorer } from '../../src/pages/explorer.js';
import { readPages } from '../../src/pages/pages.js';
import { accessibilityFaults, lacksChromium, openPage, startBrowser, untilTrue } from '../support/browser.js';
import { exampleAnswers, moduleFor, simulated } from '../support/example-answers.js';
import { startGateway } from '../support/start-gateway.js';

// A page takes a second to open, and more where much else is done.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** What GraphiQL has in its markup, and neither our style nor our script can change without being undone. */
const graphiqlExceptions = {
  // A tab has a button to close it in it, and the list of tabs one to add another.
  'nested-interactive': '.graphiql-tab',
  'aria-required-children': '.graphiql-tabs',
  // An editor is scrolled from the keyboard by moving its cursor, which is in a text area beside what scrolls.
  'scrollable-region-focusable': '.CodeMirror-scroll',
};

/** Settles when the editor has read the operation in it, which it does a moment after it shows it. */
async function knowsOperation(page: Page, name: string): Promise<void> {
  await untilTrue(
    page,
    `document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.operationName === '${name}'`,
  );
}

/** Settles when the editor has the schema. Before that a change of tab can escape it, and it would wait for the next one. */
async function knowsSchema(page: Page): Promise<void> {
  await untilTrue(
    page,
    `Boolean(document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.options.lint?.schema)`,
  );
}

describe.skipIf(lacksChromium())('the explorer in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  async function openExplorer(example = 'PhoneScreen', options?: BrowserContextOptions): Promise<Page> {
    const pages = readPages([createExplorer({ simulated })]);
    const { url } = await startGateway({ pages, introspection: true, module: moduleFor(example) });
    const page = await openPage(browser, new URL('/', url).href, options);
    await knowsOperation(page, 'PhoneScreen');
    return page;
  }

  /** Runs what is open and returns the answer that is shown. */
  async function run(page: Page): Promise<unknown> {
    await page.getByRole('button', { name: 'Execute query' }).click();
    await page.getByLabel('Result Window').getByText('"data"').first().waitFor();
    // The editor draws only the lines that are in sight.
    return JSON.parse(
      String(
        await page.evaluate(`document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()`),
      ),
    );
  }

  async function openTab(page: Page, name: string): Promise<void> {
    await page.getByRole('tab', { name }).getByRole('button', { name, exact: true }).click();
    await knowsOperation(page, name);
  }

  it.each(Object.entries(exampleAnswers))(
    'shows in a tab of its own what is answered: %s',
    async (name, answer) => {
      const page = await openExplorer(name);
      await openTab(page, name);
      expect(await run(page)).toEqual(answer);
    },
  );

  it('opens with the title, the documentation and a tab for each example', async () => {
    const page = await openExplorer();
    expect(await page.title()).toBe('eSIM usage');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('eSIM usage');
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(Object.keys(exampleAnswers));
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.getByText('How much is left on several eSIMs, each answered for itself').waitFor();
  });

  it('keeps what a visitor has changed', async () => {
    const page = await openExplorer();
    await page.getByRole('button', { name: 'Add tab' }).click();
    await page.getByRole('tab', { name: '<untitled>' }).waitFor();
    await untilTrue(page, `Object.values(localStorage).some((text) => text.includes('<untitled>'))`);
    await page.reload();
    await page.getByRole('tab', { name: '<untitled>' }).waitFor();
    await knowsSchema(page);
    await openTab(page, 'PhoneScreen');
    expect(await run(page)).toEqual(exampleAnswers.PhoneScreen);
  });

  it('opens and closes each dialog and pane without a fault', async () => {
    const page = await openExplorer();
    for (const name of ['Open short keys dialog', 'Open settings dialog']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Close dialog' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    for (const name of ['Documentation Explorer', 'History']) {
      const [shown, hidden] = name === 'History' ? ['Show', 'Hide'] : ['Hide', 'Show'];
      await page.getByRole('button', { name: `${shown} ${name}` }).click();
      await page.getByRole('button', { name: `${hidden} ${name}` }).click();
      await page.getByRole('button', { name: `${shown} ${name}` }).waitFor();
    }
  });

  it('helps and corrects who writes a query, without a fault', async () => {
    const page = await openExplorer();
    await page.getByRole('button', { name: 'Add tab' }).click();
    await page.getByRole('textbox', { name: 'Query Editor' }).press('Control+End');
    await page.keyboard.type('{ esim');
    await page.locator('.CodeMirror-hints').getByText('esimUsages').waitFor();
    await page.keyboard.type('s');
    await page.locator('.CodeMirror-lint-mark-error').first().waitFor();
  });

  const looks = [
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'light', viewport: { width: 360, height: 740 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  ] as const;
  it.each(looks)('can be used by everybody: $colorScheme, $viewport.width wide', async (look) => {
    const page = await openExplorer('PhoneScreen', look);
    await run(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
    expect(await accessibilityFaults(page, graphiqlExceptions)).toEqual([]);
    for (const name of ['Open short keys dialog', 'Open settings dialog']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Close dialog' }).waitFor();
      expect(await accessibilityFaults(page, graphiqlExceptions)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });
});
