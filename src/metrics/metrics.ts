import { Registry } from 'prom-client';
import { type Clock, createSystemClock } from '../clock.js';
import type { ServerEvent, UsageEvent } from '../events.js';
import { version } from '../version.js';
import { countAnswers } from './answers.js';
import { countCalls } from './calls.js';
import { countFamilies } from './families.js';
import { showHeld, type Watched } from './held.js';
import { createMeters } from './meters.js';
import { countRequests } from './requests.js';
import { countScheduler } from './scheduler.js';

export type { Watched } from './held.js';

export interface MetricsOptions {
  /**
   * Where the metrics are registered, beside others of yours.
   * @default a registry of its own
   */
  readonly register?: Registry | undefined;
  /**
   * The time that windows go by.
   * @default the machine's clock
   */
  readonly clock?: Clock | undefined;
}

/** The metrics of one module, for Prometheus. None has a label whose values could grow. */
export interface Metrics {
  /** Where a module tells what it does, and a server how operations end. */
  readonly report: (event: UsageEvent | ServerEvent) => void;
  /** Shows from now on what a module holds: it is made after these metrics, because it reports to them. */
  watch(watched: Watched): void;
  /** What to answer a scrape with: `register.metrics()`, as `register.contentType`. */
  readonly register: Registry;
}

/** Makes the metrics of a module. Throws when the registry has them already. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { register = new Registry(), clock = createSystemClock() } = options;
  const meters = createMeters(register);
  const countRequest = countRequests(meters);
  const countFamily = countFamilies(meters);
  const countAnswer = countAnswers(meters);
  const countCall = countCalls(meters);
  const countTurn = countScheduler(meters);
  const held = showHeld(meters, clock);
  meters.choice('build_info', 'Always 1: the version that runs.', 'version', [version], () => version);

  return {
    report(event) {
      switch (event.type) {
        // Nearly all events are one of these two, of which an operation may have a hundred.
        case 'cache.hit':
        case 'auth.unavailable':
          countFamily(event);
          break;
        case 'loader.answer':
          countAnswer(event.answer);
          if (event.iccid !== null) held.answered(event.iccid);
          break;
        case 'operation.ended':
          countRequest(event);
          break;
        default:
          countFamily(event);
          if (event.type === 'upstream.request' || event.type === 'token.request') held.sent();
          countCall(event);
          countTurn(event);
      }
    },
    watch: held.watch,
    register,
  };
}
