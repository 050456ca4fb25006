import { UpstreamError, type UpstreamFault, type UsageError } from '../errors.js';
import type { UsageEvent } from '../events.js';
import { secondsTo } from './buckets.js';
import type { Meters } from './meters.js';
import { statusClasses, statusClassOf } from './status-class.js';

const targets = ['usage', 'token'] as const;
type Target = (typeof targets)[number];

const faults = [
  'unreachable',
  'unanswered',
  'protocol',
  'failing',
  'garbled',
  'unauthorized',
  'forbidden',
] as const satisfies UpstreamFault[];

/** Counts calls to the upstream and how they end. */
export function countCalls(meters: Meters): (event: UsageEvent) => void {
  const sent = meters.counter('upstream_calls_started_total', 'Calls that went out to the upstream.', {
    target: targets,
  });
  const ended = meters.counter(
    'upstream_calls_total',
    'Calls to the upstream that have ended, by the class of the status, or by the fault where no whole answer came.',
    { target: targets, outcome: [...statusClasses, ...faults] },
  );
  const took = meters.histogram(
    'upstream_call_duration_seconds',
    'How long calls took that the upstream answered.',
    { target: targets },
    secondsTo.callTimeout,
  );
  const tooMany = meters.counter(
    'upstream_too_many_requests_total',
    'Calls that the upstream answered with 429. Must stay 0: within the limits there are none.',
    { target: targets },
  );
  const failed = meters.counter(
    'upstream_faults_total',
    'Calls for a usage that brought nothing of use, by the fault. An eSIM that is not found is none.',
    { fault: [...faults, 'throttled'] },
  );
  const retried = meters.counter(
    'upstream_retries_total',
    'Calls that were made once more after they had failed.',
    {},
  )({});

  function replied(target: Target, { status, tookMs }: { status: number; tookMs: number }): void {
    ended({ target, outcome: statusClassOf(status) })();
    took({ target })(tookMs);
    if (status === 429) tooMany({ target })();
  }

  return (event) => {
    switch (event.type) {
      case 'upstream.request':
        return sent({ target: 'usage' })();
      case 'upstream.reply':
        return replied('usage', event);
      case 'upstream.lost':
        return ended({ target: 'usage', outcome: event.fault })();
      case 'upstream.failed':
        return failed({ fault: faultOf(event.error) })();
      case 'upstream.retry':
        return retried();
      case 'token.request':
        return sent({ target: 'token' })();
      case 'token.reply':
        return replied('token', event);
      case 'token.lost':
        return ended({ target: 'token', outcome: event.fault })();
    }
  };
}

/** What a call fails with is one of the upstream's faults, or its limit. */
function faultOf(error: UsageError): UpstreamFault | 'throttled' {
  return error instanceof UpstreamError ? error.fault : 'throttled';
}
