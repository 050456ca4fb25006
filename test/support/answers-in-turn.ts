import type { UsageReading, UsageSource } from '../../src/usage.js';

/** A source that answers with what it was given, one after the other: an error is thrown. More it does not answer. */
export function answersInTurn(
  answers: Iterable<UsageReading | Error>,
  onRead: (...asked: Parameters<UsageSource['read']>) => void = () => undefined,
): UsageSource {
  const rest = answers[Symbol.iterator]();
  return {
    async read(...asked) {
      onRead(...asked);
      const { value, done } = rest.next();
      if (done) throw new TypeError('read more often than expected');
      if (value instanceof Error) throw value;
      return value;
    },
  };
}
