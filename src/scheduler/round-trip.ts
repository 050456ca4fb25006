/** How long calls take, as measured so far. */
export interface RoundTrip {
  /** One more call took that long, in milliseconds. */
  measured(tookMs: number): void;
  /** What a call takes on average, in milliseconds. */
  meanMs(): number;
  /** What few calls take longer than, in milliseconds. */
  mostMs(): number;
}

/** What is assumed before a call has been measured. Without a deviation: it would refuse whom it knows nothing against. */
const unmeasured = { meanMs: 250, deviationMs: 0 };
/** A single call that takes longer than this, or twice the average, is an outlier: it counts, but refuses nobody by itself. */
const outlierMs = 1_000;
/** The weights of the newest call, as TCP has them for its own round trips (RFC 6298). */
const newest = { mean: 1 / 8, deviation: 1 / 4 };

/** Makes a measure that has seen no call yet. */
export function createRoundTrip(): RoundTrip {
  let measure: { meanMs: number; deviationMs: number } | null = null;

  return {
    measured(measuredMs) {
      const tookMs = Math.min(measuredMs, Math.max(outlierMs, 2 * (measure ?? unmeasured).meanMs));
      if (measure === null) {
        measure = { meanMs: tookMs, deviationMs: tookMs / 2 };
        return;
      }
      measure.deviationMs += newest.deviation * (Math.abs(tookMs - measure.meanMs) - measure.deviationMs);
      measure.meanMs += newest.mean * (tookMs - measure.meanMs);
    },
    meanMs: () => (measure ?? unmeasured).meanMs,
    mostMs() {
      const { meanMs, deviationMs } = measure ?? unmeasured;
      return meanMs + 2 * deviationMs;
    },
  };
}
