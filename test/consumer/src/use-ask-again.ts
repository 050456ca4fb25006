import { askAgainMs, type Dated } from 'esim-usage-gateway/client';
import { useEffect, useReducer } from 'react';

/** Asks again as soon as that can bring something new. Nothing is planned while an answer is awaited. */
export function useAskAgain(result: Dated | null | undefined, isAwaited: boolean, ask: () => unknown): void {
  const [, countRound] = useReducer((rounds: number) => rounds + 1, 0);
  // After every render, and each round is one: the same answer once more must be followed by a question, too.
  useEffect(() => {
    const waitMs = isAwaited ? null : askAgainMs(result);
    if (waitMs === null) return;
    const timer = setTimeout(() => {
      ask();
      countRound();
    }, waitMs);
    return () => clearTimeout(timer);
  });
}
