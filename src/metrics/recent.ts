import type { Clock } from '../clock.js';

/** How often something has happened within the last window. */
export interface Recent {
  add(): void;
  count(): number;
}

/** Makes a count of none. It holds one number for each time within the window, which a limit bounds. */
export function createRecent(windowMs: number, clock: Clock): Recent {
  let momentsMs: number[] = [];

  function forgetPast(): void {
    const nowMs = clock.now();
    momentsMs = momentsMs.filter((atMs) => atMs > nowMs - windowMs);
  }

  return {
    add() {
      forgetPast();
      momentsMs.push(clock.now());
    },
    count() {
      forgetPast();
      return momentsMs.length;
    },
  };
}
