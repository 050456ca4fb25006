import type { AuthSettings } from './auth/settings.js';
import { inWords } from './pages/in-words.js';
import type { Page } from './pages/page.js';
import { type SchemaOptions, schemaSettingsOf } from './schema/options.js';
import { querySeveral } from './usage-query.js';

export interface WelcomeOptions {
  /** Where GraphQL is answered. */
  readonly url: string;
  /** Where metrics are, if they are anywhere. */
  readonly metricsUrl: string | null;
  /** The pages that are served beside it. */
  readonly pages: readonly Pick<Page, 'path'>[];
  /** By what each of them shows. */
  readonly iccids: Readonly<Record<string, string>>;
  readonly schema?: SchemaOptions;
  readonly auth: AuthSettings;
}

/** What `npm start` prints: that it is a simulation, where it is, and what to try. */
export function welcome({ url, metricsUrl, pages, iccids, schema, auth }: WelcomeOptions): string {
  const addressOf = (name: string, path: string): string[] =>
    pages.some((page) => page.path === path) ? [`${name.padEnd(9)}${new URL(path, url)}`] : [];

  return [
    'This is a simulation: every reading comes from an embedded simulator, none from a real eSIM.',
    '',
    ...addressOf('Explorer', '/'),
    ...addressOf('Demo', '/demo'),
    `GraphQL  ${url}`,
    ...(metricsUrl === null ? [] : [`Metrics  ${metricsUrl}`]),
    '',
    'ICCIDs to try',
    ...Object.entries(iccids).map(([name, iccid]) => `  ${iccid.padEnd(22)} ${inWords(name)}`),
    '',
    'A query to paste',
    `  curl ${url}${credentialOf(auth)} -H 'content-type: application/json' -d '${queryToPaste(Object.values(iccids), schema)}'`,
    '',
    '',
  ].join('\n');
}

/** The header that says who asks, with a value that the shell has. */
function credentialOf(auth: AuthSettings): string {
  if (auth.kind === 'none') return '';
  return auth.kind === 'secret'
    ? ` -H "${auth.header}: $ROUTER_SECRET"`
    : ' -H "authorization: Bearer $TOKEN"';
}

function queryToPaste(iccids: readonly string[], schema: SchemaOptions | undefined): string {
  const { query, variables } = querySeveral('Usage', iccids.slice(0, 2), schemaSettingsOf(schema));
  return JSON.stringify({ query: query.replace(/\s+/g, ' '), variables });
}
