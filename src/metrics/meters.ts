import { Counter, Gauge, type Registry } from 'prom-client';
import { Durations, ReadHistogram } from './durations.js';

/** The labels of a metric, each with every value that it can have: no series comes to be while a process runs. */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** A value for each label. */
export type ValuesOf<Known extends Labels> = { readonly [Name in keyof Known]: Known[Name][number] };

/** Makes metrics that show each of their series from the start. What only appears when it first happens has no rate then. */
export interface Meters {
  /** Returns, for the values of its labels, what counts one more of them. Ask once for what is counted often: to count is then an addition. */
  counter<const Known extends Labels>(
    name: string,
    help: string,
    labels: Known,
  ): (values: ValuesOf<Known>) => () => void;
  /** Returns, for the values of its labels, what takes a duration in milliseconds. `buckets` are upper bounds in seconds, the least first. */
  histogram<const Known extends Labels>(
    name: string,
    help: string,
    labels: Known,
    buckets: readonly number[],
  ): (values: ValuesOf<Known>) => (tookMs: number) => void;
  /** Shows what `value` says when it is read, and nothing where that is null. */
  gauge(name: string, help: string, value: () => number | null): void;
  /** Shows 1 for the one that `current` says and 0 for the others, and nothing where that is null. */
  choice<Value extends string>(
    name: string,
    help: string,
    label: string,
    all: readonly Value[],
    current: () => Value | null,
  ): void;
}

const prefix = 'esim_usage_';

/** Makes the metrics of one registry. */
export function createMeters(register: Registry): Meters {
  const registers = [register];

  return {
    counter(name, help, labels) {
      const tallies = combinationsOf(labels).map((values) => new Tally(values));
      const counter: Counter = new Counter({
        name: prefix + name,
        help,
        labelNames: Object.keys(labels),
        registers,
        collect() {
          counter.reset();
          for (const { values, count } of tallies) counter.inc(values, count);
        },
      });
      const find = finderOf(labels, tallies);
      return (values) => {
        const tally = find(values);
        return () => tally?.add();
      };
    },

    histogram(name, help, labels, buckets) {
      const series = combinationsOf(labels).map((values) => ({ values, durations: new Durations(buckets) }));
      const config = { name: prefix + name, help, labelNames: Object.keys(labels), buckets: [...buckets] };
      new ReadHistogram({ ...config, registers }, () =>
        series.flatMap(({ values, durations }) => durations.samples(config.name, values)),
      );
      const find = finderOf(labels, series);
      return (values) => {
        const durations = find(values)?.durations;
        return (tookMs) => durations?.add(tookMs / 1_000);
      };
    },

    gauge(name, help, value) {
      const gauge: Gauge = new Gauge({
        name: prefix + name,
        help,
        registers,
        collect() {
          const now = value();
          if (now === null) gauge.remove();
          else gauge.set(now);
        },
      });
    },

    choice(name, help, label, all, current) {
      const gauge: Gauge = new Gauge({
        name: prefix + name,
        help,
        labelNames: [label],
        registers,
        collect() {
          const now = current();
          gauge.reset();
          if (now === null) return;
          for (const value of all) gauge.set({ [label]: value }, value === now ? 1 : 0);
        },
      });
    },
  };
}

type Values = Readonly<Record<string, string>>;

/** How often something with these values has happened. */
class Tally {
  readonly values: Values;
  count = 0;

  constructor(values: Values) {
    this.values = values;
  }

  add(): void {
    this.count += 1;
  }
}

/** Finds the series that has these values. */
function finderOf<Series extends { readonly values: Values }>(
  labels: Labels,
  all: readonly Series[],
): (values: Values) => Series | undefined {
  const keyOf = (values: Values): string =>
    Object.keys(labels)
      .map((label) => values[label])
      .join();
  const byKey = new Map(all.map((series) => [keyOf(series.values), series]));
  return (values) => byKey.get(keyOf(values));
}

function combinationsOf(labels: Labels): Values[] {
  let combinations: Values[] = [{}];
  for (const [name, values] of Object.entries(labels))
    combinations = combinations.flatMap((each) => values.map((value) => ({ ...each, [name]: value })));
  return combinations;
}
