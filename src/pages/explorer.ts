import { createHash } from 'node:crypto';
import type { ExplorerSettings, ExplorerTab } from '../browser/explorer-settings.js';
import type { SchemaOptions } from '../schema/options.js';
import type { UsageQuery } from '../usage-query.js';
import { createExamples, type SimulatedIccids } from './examples.js';
import type { WebDocument } from './web-document.js';

export interface ExplorerOptions {
  /** What the examples are fitted to. */
  readonly schema?: SchemaOptions | undefined;
  /** What they ask for. Null where the upstream is a real one. */
  readonly simulated: SimulatedIccids | null;
}

/**
 * GraphiQL makes this one style sheet while a dialog is open, so that the page behind it does not scroll (react-remove-scroll-bar). The
 * zeros are our own style's: no margins and no scroll bar. The library takes no nonce in the bundle that we ship.
 */
const dialogStyle = "'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='";

/** The explorer: GraphiQL with the schema's documentation and worked examples to run. */
export function createExplorer({ schema, simulated }: ExplorerOptions): WebDocument {
  const [first, ...others] = createExamples(schema, simulated);
  const tabs = [tabOf(first), ...others.map(tabOf)] as const;
  const digest = createHash('sha256').update(JSON.stringify(tabs)).digest('base64url').slice(0, 8);
  const settings: ExplorerSettings = { endpoint: 'graphql', tabs, storageName: `esim-usage-${digest}` };
  return {
    path: '/',
    title: 'eSIM usage',
    content: '<noscript>This page needs JavaScript.</noscript>',
    styles: ['browser/vendor/graphiql.css', 'browser/explorer.css'],
    libraries: ['browser/vendor/react.js', 'browser/vendor/react-dom.js', 'browser/vendor/graphiql.js'],
    modules: ['browser/explorer.js', 'browser/document-data.js', 'browser/name-editors.js'],
    data: settings,
    // The editor marks mistakes with images that stand in its style sheet.
    allowed: { styles: [dialogStyle], images: ['data:'] },
  };
}

function tabOf({ query, variables }: UsageQuery): ExplorerTab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
