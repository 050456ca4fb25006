import { describe, expect, it } from 'vitest';
import { TooManyRequestsError, UpstreamError } from '../../src/errors.js';
import { createPauses } from '../../src/scheduler/pauses.js';

const silent = new TooManyRequestsError('company', null);

describe('pauses', () => {
  it('are 1 s long when nothing is said, and double up to a minute as long as no call is answered', () => {
    const pauses = createPauses();
    const taken: number[] = [];
    let nowMs = 0;
    for (let index = 0; index < 9; index += 1) {
      const forMs = pauses.next(silent, nowMs, nowMs + 100);
      taken.push(forMs);
      nowMs += 100 + forMs;
    }
    expect(taken).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('stay a minute long however often in a row', () => {
    const pauses = createPauses();
    for (let index = 0; index < 5_000; index += 1) pauses.next(silent, index, index);
    expect(pauses.next(silent, 5_000, 5_000)).toBe(60_000);
  });

  it('begin anew when a call is answered that was sent after the last began', () => {
    const pauses = createPauses();
    pauses.next(silent, 0, 100);
    pauses.next(silent, 1_200, 1_300);
    pauses.answered(3_400);
    expect(pauses.next(silent, 3_500, 3_600)).toBe(1_000);
  });

  it('go on doubling after an answer to a call that was sent before the last began', () => {
    const pauses = createPauses();
    pauses.next(silent, 0, 100);
    pauses.answered(99);
    expect(pauses.next(silent, 1_200, 1_300)).toBe(2_000);
  });

  it('do not double for calls that were sent before the last began', () => {
    const pauses = createPauses();
    const together = [100, 110, 120, 130, 140].map((nowMs) => pauses.next(silent, 0, nowMs));
    expect(together).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
    expect(pauses.next(silent, 1_200, 1_300)).toBe(2_000);
  });

  it('are 1 s long for a call that was sent before the last began and is refused after an answer', () => {
    const pauses = createPauses();
    pauses.next(silent, 0, 100);
    pauses.answered(1_200);
    expect(pauses.next(silent, 50, 1_300)).toBe(1_000);
  });

  it.each([
    [7_000, 7_000],
    [1_000, 1_000],
    [60_000, 60_000],
    [0, 1_000],
    [999, 1_000],
    [-5_000, 1_000],
    [60_001, 60_000],
    [1e12, 60_000],
  ])('of %i ms, if the upstream says so, are %i ms long', (saidMs, forMs) => {
    expect(createPauses().next(new TooManyRequestsError('company', saidMs), 0, 100)).toBe(forMs);
  });

  it('are as long as the upstream says even when they would be longer or shorter by now, and count among those in a row', () => {
    const pauses = createPauses();
    for (const sentAtMs of [0, 10_000, 20_000]) pauses.next(silent, sentAtMs, sentAtMs + 100);
    expect(pauses.next(new TooManyRequestsError('company', 3_000), 30_000, 30_100)).toBe(3_000);
    expect(pauses.next(silent, 40_000, 40_100)).toBe(16_000);
  });

  it('are the same for any failure that concerns the company', () => {
    const pauses = createPauses();
    const failing = (retryAfterMs: number | null): UpstreamError =>
      new UpstreamError('failing', 'answered 503', {
        delivery: 'answered',
        concerns: 'company',
        retryAfterMs,
      });
    expect(pauses.next(failing(20_000), 0, 100)).toBe(20_000);
    expect(pauses.next(failing(null), 21_000, 21_100)).toBe(2_000);
  });

  it('of one ICCID are a minute long, whatever is said, and change nothing for the company', () => {
    const pauses = createPauses();
    expect(pauses.next(new TooManyRequestsError('iccid', 5_000), 0, 100)).toBe(60_000);
    expect(pauses.next(new TooManyRequestsError('iccid', null), 200, 300)).toBe(60_000);
    expect(pauses.next(silent, 400, 500)).toBe(1_000);
  });
});
