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
  const groups = Array.from({ length: Math.ceil(iccids.length / together) }, (_, at) =>
    iccids.slice(at * together, (at + 1) * together),
  );
  const show = (iccid: string, result: Result): void => cards.get(iccid)?.show(result);
  const shown = groups.map((group) => keepReading({ iccids: group, read, show, after: whenSeen }));
  // For those who do not see the cards fill up.
  void Promise.all(shown).then(() => {
    elementOf('told').textContent = `${cards.size} eSIMs shown.`;
  });
}

async function read(iccids: readonly string[]): Promise<readonly Result[]> {
  const { data } = await ask(settings.endpoint, UsageOfEsimsDocument, { iccids });
  return data?.esimUsages ?? [];
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
