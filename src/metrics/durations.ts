import { Histogram, type HistogramConfiguration } from 'prom-client';

/** How long something with one set of values of its labels took, each time that it happened. */
export class Durations {
  /** How many there were up to each bound, and above the one before. */
  readonly #buckets: readonly { readonly bound: number; count: number }[];
  #count = 0;
  #sum = 0;

  /** The upper bounds are in seconds, the least first. */
  constructor(bounds: readonly number[]) {
    this.#buckets = bounds.map((bound) => ({ bound, count: 0 }));
  }

  add(seconds: number): void {
    this.#count += 1;
    this.#sum += seconds;
    const bucket = this.#buckets.find(({ bound }) => seconds <= bound);
    if (bucket !== undefined) bucket.count += 1;
  }

  /** As a scrape shows them, with the labels that they share. */
  samples(name: string, sharedLabels: Readonly<Record<string, string>>): Sample[] {
    let value = 0;
    const upTo = this.#buckets.map(({ bound, count }): Sample => {
      value += count;
      return { metricName: `${name}_bucket`, labels: { le: bound }, sharedLabels, value };
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
