import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

/** Where Debian installs Chromium. */
const executablePath = '/usr/bin/chromium';

/** For how long something is waited for on a page: shorter than a test may take, so that it fails by what is missing. */
const patienceMs = 10_000;

/** Whether there is no browser to test with. Says so, and throws in CI, where nothing may be left out. */
export function lacksChromium(): boolean {
  if (existsSync(executablePath)) return false;
  const advice = "needs Debian's chromium: apt-get install chromium";
  if (process.env.CI) throw new Error(`this test ${advice}`);
  process.stderr.write(`skipped: the test of pages in a browser ${advice}\n`);
  return true;
}

/** Starts a browser that can reach this machine only. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    ],
  });
}

/**
 * Opens an address for a visitor who was never there before. The test fails in its end if anything was wrong until then: an error or a
 * warning, something that the page's policy forbids, a request to anywhere else.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { origin } = new URL(url);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    // What stands in the style sheet itself is fetched from nowhere.
    if (protocol !== 'data:' && asked !== origin) faults.push(`asked ${request.url()}`);
  });
  page.on('websocket', (socket) => faults.push(`asked ${socket.url()}`));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('forbidden', event.violatedDirective, event.blockedURI))`,
  );
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  await page.goto(url);
  return page;
}

/** Settles when an expression is true in the page. Playwright's own wait would break the page's policy: it evaluates text there. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression}) ? resolve() : requestAnimationFrame(look);
    look();
  })`);
}

/** A rule of axe's and the elements that are excepted from it, as a selector. */
export type AccessibilityExceptions = Readonly<Record<string, string>>;

/** What axe calls serious or critical on a page as it stands, as a rule and an element each. */
export async function accessibilityFaults(page: Page, exceptions: AccessibilityExceptions): Promise<unknown> {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) => {
    const exceptions = ${JSON.stringify(exceptions)};
    const isExcepted = (id, target) => id in exceptions && document.querySelector(target).matches(exceptions[id]);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => [id, target[0]]))
      .filter(([id, target]) => !isExcepted(id, target))
      .map((fault) => fault.join(': '));
  })`);
}
