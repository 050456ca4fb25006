import type { Clock } from '../clock.js';
import { SharedStateLostError, UpstreamError } from '../errors.js';
import type { Report } from '../events.js';
import { type Connection, connect } from './connect.js';
import { probe, type Script } from './scripts.js';

export interface StoreOptions {
  readonly url: string;
  /** A key that is written to find out whether the server can be used. */
  readonly probeKey: string;
  readonly clock: Clock;
  readonly report: Report;
}

/** Redis or Valkey, while it answers. */
export interface Store {
  /**
   * What a script answers. Rejects with a `SharedStateLostError` when no answer comes in time, or that is not to be expected: while the server is lost,
   * nobody but this waits for it. With an `UpstreamError` after it was closed.
   */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Calls `found` each time that the server answers again. */
  onFound(found: () => void): void;
  /** Whether it did not answer when it was last asked. */
  isLost(): boolean;
  /** Ends the connection, after what is under way. */
  close(): Promise<void>;
}

/** The longest that anybody waits for one answer, in milliseconds. */
const answerMs = 50;
/** How often a server that is lost is tried, in milliseconds. */
const tryMs = 1_000;
/** A connection on which nothing was answered for so many tries is made anew: its other end may be long gone. */
const triesEach = 3;
/** How often it is said that a server is still lost, in milliseconds. */
const tellMs = 60_000;

/** Connects, and tries again and again for as long as that takes. */
export function createStore({ url, probeKey, clock, report }: StoreOptions): Store {
  const connection: Connection = connect(url);
  const listeners: (() => void)[] = [];
  const underWay = new Set<Promise<unknown>>();
  /** Until it has answered once, nothing is known of it. */
  let lost: Lost | null = { toldAtMs: null, tries: 0 };
  let cancelTry: (() => void) | undefined;
  /** What the connection said last: a refused password is said here only. */
  let complaint: unknown = null;
  let isClosed = false;

  connection.on('error', (error: unknown) => {
    complaint = error;
  });
  connection.on('ready', tryAgain);
  connection.on('close', () => failed(new Error('the connection has ended')));
  cancelTry = clock.after(tryMs, tryAgain, 'idle');

  async function evaluate(
    { text, sha1 }: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) {
    try {
      return await connection.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return connection.eval(text, keys.length, ...keys, ...args);
    }
  }

  function inTime<T>(coming: Promise<T>): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      const cancel = clock.after(answerMs, () => {
        // What has come while this process was busy with something else is read first.
        setImmediate(() => reject(new Error('no answer in time')));
      });
      coming.then(resolve, reject).finally(cancel);
    });
    underWay.add(answer);
    const done = (): void => void underWay.delete(answer);
    answer.then(done, done);
    return answer;
  }

  function failed(error: unknown): void {
    if (isClosed) return;
    const nowMs = clock.now();
    lost ??= { toldAtMs: null, tries: 0 };
    if (lost.toldAtMs === null || nowMs - lost.toldAtMs >= tellMs) {
      lost.toldAtMs = nowMs;
      report({ type: 'fleet.lost', detail: detailOf(error, complaint) });
    }
    cancelTry?.();
    cancelTry = clock.after(tryMs, tryAgain, 'idle');
  }

  async function tryAgain(): Promise<void> {
    if (isClosed || lost === null) return;
    cancelTry?.();
    try {
      // One that is full or a replica says so by its code only outside of a script.
      await inTime(connection.set(probeKey, '', 'PX', tryMs));
      await inTime(evaluate(probe, [probeKey], []));
      answered();
    } catch (error) {
      failed(error);
      if (lost === null) return;
      lost.tries += 1;
      if (lost.tries % triesEach === 0) connection.disconnect(true);
    }
  }

  function answered(): void {
    if (lost === null) return;
    if (lost.toldAtMs !== null) report({ type: 'fleet.found' });
    lost = null;
    complaint = null;
    for (const found of listeners) found();
  }

  return {
    async run(script, keys, args) {
      if (isClosed) throw new UpstreamError('unreachable', 'closed', { delivery: 'unsent' });
      if (lost !== null) throw new SharedStateLostError(tryMs);
      try {
        return await inTime(evaluate(script, keys, args));
      } catch (error) {
        failed(error);
        throw new SharedStateLostError(tryMs);
      }
    },
    onFound: (found) => void listeners.push(found),
    isLost: () => lost !== null,
    async close() {
      isClosed = true;
      cancelTry?.();
      await Promise.allSettled(underWay);
      connection.disconnect();
    },
  };
}

interface Lost {
  toldAtMs: number | null;
  tries: number;
}

/** The first code of the server's own, and nothing else of what it says: that may name eSIMs. */
function detailOf(...errors: readonly unknown[]): string {
  const codes = errors.map((error) =>
    error instanceof Error ? /^[A-Z]{3,20}(?= )/.exec(error.message)?.[0] : undefined,
  );
  const code = codes.find((each) => each !== undefined);
  return code === undefined ? 'no answer' : `the server answers ${code}`;
}
