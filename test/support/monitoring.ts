import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** An expression of the dashboard or of an alert. */
export interface Expression {
  readonly name: string;
  readonly expr: string;
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

export interface Alert extends Expression {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Record<string, string>;
      readonly annotations: Record<string, string>;
    }[];
  }[];
}

function read(file: string): string {
  return readFileSync(new URL(`../../examples/monitoring/${file}`, import.meta.url), 'utf8');
}

/** The expressions of the dashboard's panels. */
export function dashboardExpressions(): Expression[] {
  const { panels }: Dashboard = JSON.parse(read('dashboard.json'));
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ name: `${title}: ${legendFormat}`, expr })),
  );
}

/** All alerts. */
export function alerts(): Alert[] {
  const { groups }: Rules = parse(read('alerts.yaml'));
  return groups.flatMap(({ rules }) => rules.map(({ alert, ...rest }) => ({ name: alert, ...rest })));
}

/** The names of the alerts that their unit tests name. */
export function testedAlerts(): string[] {
  return [...read('alerts.test.yaml').matchAll(/alertname="(\w+)"/g)].map(([, name = '']) => name);
}
