import { ask } from '../../client/ask.js';
import { UsageOfEsimsDocument } from '../../generated/operations.js';
import { readDocumentData } from '../document-data.js';
import { createCard } from './card.js';
import type { DemoSettings } from './demo-settings.js';
import { elementOf } from './element.js';
import { keepReading, type Result } from './keep-reading.js';
import { samplesAt } from './samples.js';

const settings: DemoSettings = JSON.parse(readDocumentData());
/** The page's words are English: so are its numbers and dates, in the reader's kind of English where that is the reader's language. */
const locale = navigator.languages.find((language) => /^en\b/.test(language)) ?? 'en';
/** So many are asked for in one operation: cards fill up as operations take turns. */
const together = 12;

type Esim = DemoSettings['esims'][number];

function showLive(list: HTMLElement, esims: readonly Esim[]): void {
  const cards = new Map(esims.map((esim) => [esim.iccid, createCard({ ...esim, locale })]));
  list.append(...[...cards.values()].map(({ root }) => root));
  const iccids = [...cards.keys()];
  for (let first = 0; first < iccids.length; first += together)
    void keepReading({
      iccids: iccids.slice(first, first + together),
      read,
      show(iccid, result) {
        cards.get(iccid)?.show(result);
        tell(list);
      },
      after: whenSeen,
    });
}

async function read(iccids: readonly string[]): Promise<readonly Result[]> {
  const { data } = await ask(settings.endpoint, UsageOfEsimsDocument, { iccids });
  return data?.esimUsages ?? [];
}

/** For those who do not see the cards fill up: once when all have. */
function tell(list: HTMLElement): void {
  if (list.querySelector('[aria-busy]') !== null) return;
  elementOf('told').textContent = `${list.childElementCount} eSIMs shown.`;
}

/** After this time, and not before somebody looks at the page. */
function whenSeen(delayMs: number, task: () => void): void {
  setTimeout(() => {
    if (!document.hidden) task();
    else document.addEventListener('visibilitychange', task, { once: true });
  }, delayMs);
}

function showSamples(list: HTMLElement): void {
  for (const { label, result } of samplesAt(Date.now())) {
    const card = createCard({ label, iccid: 'not a real one', locale });
    card.show(result);
    list.append(card.root);
  }
}

showLive(elementOf('live'), settings.esims);
showSamples(elementOf('samples'));

const more = elementOf('more');
more.addEventListener('click', () => {
  more.remove();
  const crowd = elementOf('crowd');
  crowd.hidden = false;
  showLive(
    crowd,
    settings.crowd.map((iccid, at) => ({ label: `eSIM ${at + 1}`, iccid })),
  );
  crowd.focus();
});
