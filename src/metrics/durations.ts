import { Histogram, type HistogramConfiguration } from 'prom-client';

/** How long something with one set of values of its labels took, each time that it happened. */
export class Durations {
  /** How many there were up to each bound, and above the one before. */
  readonly #counts: number[];
  readonly #bounds: readonly number[];
  #count = 0;
  #sum = 0;

  /** The upper bounds are in seconds, the least first. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  add(seconds: number): void {
    this.#count += 1;
    this.#sum += seconds;
    const at = this.#bounds.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** As a scrape shows them, with the labels that they share. */
  samples(name: string, sharedLabels: Readonly<Record<string, string>>): Sample[] {
    let count = 0;
    const upTo = this.#bounds.map((le, at): Sample => {
      count += this.#counts[at] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count };
    });
    return [
      ...upTo,
      { metricName: `${name}_bucket`, labels: { le: '+Inf' }, sharedLabels, value: this.#count },
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: this.#count },
    ];
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A histogram that is asked for its samples only when it is read. To observe one duration takes prom-client as long as it takes to answer an
 * operation.
 */
export class ReadHistogram extends Histogram {
  readonly #config: HistogramConfiguration<string>;
  readonly #samples: () => Sample[];

  constructor(config: HistogramConfiguration<string>, samples: () => Sample[]) {
    super(config);
    this.#config = config;
    this.#samples = samples;
  }

  /** What a registry reads, and `get` makes its own of. */
  async getForPromString() {
    const { name, help } = this.#config;
    return { name, help, type: 'histogram', aggregator: 'sum', values: this.#samples() };
  }
}
