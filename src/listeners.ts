import type { ServerEvent, UsageEvent } from './events.js';

/** What happens in a process, be it within the module or around it. */
export type ProcessEvent = UsageEvent | ServerEvent;

/** One who does something with events. */
export interface Listener {
  readonly report: (event: ProcessEvent) => void;
  /**
   * Whether it does anything with events of that type. Asked once for each.
   * @default it does with all
   */
  readonly hears?: (type: ProcessEvent['type']) => boolean;
}

/**
 * Makes what tells an event to those who hear it, in their order. Of the events of a healthy gateway nearly all are of two types, of which an
 * operation may have a hundred each, and which hardly anybody hears.
 */
export function createTell(listeners: readonly Listener[]): Listener['report'] {
  const reports = new Map<ProcessEvent['type'], readonly Listener['report'][]>();

  function reportsOf(type: ProcessEvent['type']): readonly Listener['report'][] {
    const those = listeners.filter(({ hears = () => true }) => hears(type)).map(({ report }) => report);
    reports.set(type, those);
    return those;
  }

  return (event) => {
    for (const report of reports.get(event.type) ?? reportsOf(event.type)) report(event);
  };
}
