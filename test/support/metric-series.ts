import type { Registry } from 'prom-client';

/** A metric as it is shown, without its values. */
export interface ShownMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Its label names, each with every value that is shown, but for those of a histogram's bounds. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** What a registry shows. */
export async function shownMetrics(register: Registry): Promise<ShownMetric[]> {
  const metrics = await register.getMetricsAsJSON();
  return metrics.map(({ name, type, help, values }) => {
    const labels: Record<string, string[]> = {};
    for (const [label, value] of values.flatMap((each) => Object.entries(each.labels))) {
      if (label === 'le') continue;
      const known = labels[label] ?? [];
      if (!known.includes(String(value))) known.push(String(value));
      labels[label] = known;
    }
    return { name, type: String(type), help, labels };
  });
}

/** The value of each series as it stands in a scrape: `name{label="value"}`. */
export async function seriesOf(register: Registry): Promise<Map<string, number>> {
  const text = await register.metrics();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}
