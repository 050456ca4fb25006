import {
  type AllowanceDescription,
  describeUsage,
  type MomentDescription,
} from '../../client/describe-usage.js';
import type { UsageCardFragment } from '../../generated/operations.js';
import { element } from './element.js';

export interface CardOptions {
  /** What the eSIM is called. */
  readonly label: string;
  readonly iccid: string;
  /** How the reader writes amounts and moments. */
  readonly locale: string;
}

/** A card of one eSIM. Made by `describeUsage` alone: nothing here looks into a result. */
export function createCard({ label, iccid, locale }: CardOptions): {
  readonly root: HTMLElement;
  /** Shows a result, whatever it is. */
  show(result: UsageCardFragment | null): void;
} {
  const body = element('div', {}, element('p', { class: 'heading' }, 'Reading …'));
  const root = element(
    'li',
    { class: 'card', 'aria-busy': 'true' },
    element('h3', {}, label),
    element('p', { class: 'iccid' }, iccid),
    body,
  );

  return {
    root,
    show(result) {
      const { tone, heading, notes, allowances, asOf, isStale, validUntil } = describeUsage(result, locale);
      root.removeAttribute('aria-busy');
      root.classList.toggle('old', isStale);
      body.replaceChildren(
        element('p', { class: `heading ${tone}` }, heading),
        ...allowances.map(renderAllowance),
        ...notes.map((note) => element('p', { class: 'note' }, note)),
        element('p', { class: 'moments' }, ...[asOf, validUntil].map(renderMoment)),
      );
    },
  };
}

function renderAllowance({ label, text, share }: AllowanceDescription): HTMLElement {
  return element(
    'div',
    { class: 'allowance' },
    element('span', { class: 'allowance-label' }, label),
    element('span', { class: 'allowance-text' }, text),
    share === null ? null : renderBar(label, text, share),
  );
}

function renderBar(label: string, text: string, share: number): HTMLElement {
  const left = element('div', { class: share <= 0.2 ? 'left low' : 'left' });
  left.style.width = `${share * 100}%`;
  return element(
    'div',
    {
      class: 'bar',
      role: 'meter',
      'aria-label': label,
      'aria-valuemin': '0',
      'aria-valuemax': '100',
      'aria-valuenow': String(Math.floor(share * 100)),
      'aria-valuetext': text,
    },
    left,
  );
}

function renderMoment(moment: MomentDescription | null): HTMLElement | null {
  return moment === null ? null : element('time', { datetime: moment.at }, moment.text);
}
