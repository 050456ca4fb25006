import type { Clock } from '../../src/clock.js';
import type { Report, UsageEvent } from '../../src/events.js';
import { maskIccid } from '../../src/iccid.js';

/** What was reported, as a text that a person can follow. */
export interface Story {
  readonly report: Report;
  /** The events, numbered, one per line, each with its moment in milliseconds since the story began. */
  told(): string;
}

/** Begins a story now. */
export function createStory(clock: Clock): Story {
  const beganMs = clock.now();
  const lines: string[] = [];
  return {
    report(event) {
      lines.push(`${lines.length + 1}. ${clock.now() - beganMs} ms: ${lineOf(event)}`);
    },
    told: () => lines.join('\n'),
  };
}

function lineOf(event: UsageEvent): string {
  const { type, ...facts } = event;
  const words = Object.entries(facts).map(([name, fact]: [string, unknown]) =>
    fact instanceof Error ? `${name}=${fact.name}` : `${name}=${String(fact)}`,
  );
  const text = [type, ...words].join(' ');
  const iccid = 'iccid' in event ? event.iccid : null;
  return iccid === null ? text : text.replace(`iccid=${iccid}`, maskIccid(iccid));
}
