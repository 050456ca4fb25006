import { beforeAll, describe, expect, it } from 'vitest';
import { addProcessMetrics } from '../../src/metrics/process-metrics.js';
import { allMetrics } from '../support/all-metrics.js';
import { shownMetrics } from '../support/metric-series.js';
import { alerts, dashboardExpressions, testedAlerts } from '../support/monitoring.js';
import { groupedLabels, selectorsOf } from '../support/promql.js';

/** What a scrape adds, and what only appears once the process has collected garbage. */
const ofPrometheus = ['instance', 'job'];
const elsewhere = new Map([
  ['up', new Map()],
  ['nodejs_gc_duration_seconds_sum', new Map()],
]);

/** Each series' name with its labels and their values. Null are any values. */
const known = new Map<string, ReadonlyMap<string, readonly string[] | null>>(elsewhere);

beforeAll(async () => {
  const { register } = allMetrics();
  addProcessMetrics(register);
  for (const { name, type, labels } of await shownMetrics(register)) {
    const values = Object.entries(labels);
    if (type !== 'histogram') known.set(name, new Map(values));
    else {
      known.set(`${name}_bucket`, new Map([...values, ['le', null]]));
      for (const part of ['sum', 'count']) known.set(`${name}_${part}`, new Map(values));
    }
  }
});

/** What is wrong with an expression: names, labels and values that there are not. */
function faultsOf(expr: string): string[] {
  const selectors = selectorsOf(expr);
  const labels = new Set(selectors.flatMap(({ name }) => [...(known.get(name)?.keys() ?? [])]));
  return [
    ...(selectors.length === 0 ? ['asks for nothing'] : []),
    ...groupedLabels(expr)
      .filter((label) => !labels.has(label) && !ofPrometheus.includes(label))
      .map((label) => `no metric of it has a label ${label}`),
    ...selectors.flatMap(({ name, matchers }) => {
      const shown = known.get(name);
      if (shown === undefined) return [`there is no ${name}`];
      return matchers.flatMap(({ label, values }) => {
        if (ofPrometheus.includes(label)) return [];
        const all = shown.get(label);
        if (all === undefined) return [`${name} has no label ${label}`];
        return values
          .filter((value) => all !== null && !all.includes(value))
          .map((value) => `${name} has no ${label} ${value}`);
      });
    }),
  ];
}

describe('what monitoring asks for', () => {
  it('is there, in every expression of the dashboard', () => {
    const faults = dashboardExpressions().flatMap(({ name, expr }) =>
      faultsOf(expr).map((fault) => [name, fault]),
    );
    expect(faults).toEqual([]);
  });

  it('is there, in every alert', () => {
    const faults = alerts().flatMap(({ name, expr }) => faultsOf(expr).map((fault) => [name, fault]));
    expect(faults).toEqual([]);
  });

  it.each([
    { expr: 'rate(esim_usage_no_such_total[5m])', fault: 'there is no esim_usage_no_such_total' },
    {
      expr: 'sum by (iccid) (rate(esim_usage_refusals_total[5m]))',
      fault: 'no metric of it has a label iccid',
    },
    { expr: 'esim_usage_slots{lane="a"}', fault: 'esim_usage_slots has no label lane' },
    {
      expr: '1 - esim_usage_answers_total{answer=~"cache|stale (NEVER|THROTTLED)"}',
      fault: 'esim_usage_answers_total has no answer cache|stale NEVER',
    },
    { expr: 'time() > 0', fault: 'asks for nothing' },
  ])('would be missed where it is not there: $expr', ({ expr, fault }) => {
    expect(faultsOf(expr)[0]).toBe(fault);
  });

  it('leaves out nothing that the gateway shows', () => {
    const asked = new Set(
      [...dashboardExpressions(), ...alerts()].flatMap(({ expr }) =>
        selectorsOf(expr).map(({ name }) => name),
      ),
    );
    const unasked = [...known.keys()].filter((name) => name.startsWith('esim_usage_') && !asked.has(name));
    expect(unasked.filter((name) => !/_(sum|count|bucket)$/.test(name))).toEqual([]);
  });
});

describe('an alert', () => {
  it.each(alerts())(
    '$name has a severity, says what happened and what to do, and has a unit test',
    (alert) => {
      expect(['critical', 'warning']).toContain(alert.labels.severity);
      expect(Object.keys(alert.annotations)).toEqual(['summary', 'description']);
      expect(testedAlerts()).toContain(alert.name);
    },
  );
});
