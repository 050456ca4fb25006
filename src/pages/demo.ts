import type { DemoSettings } from '../browser/demo/demo-settings.js';
import { type SchemaOptions, schemaSettingsOf } from '../schema/options.js';
import { inWords } from './in-words.js';
import type { WebDocument } from './web-document.js';

const content = `
<h1>How much is left?</h1>
<p class="intro">What a product shows of an eSIM, in every state that it can be in. All eSIMs here are simulated: none is a
customer's. The page is made of <code>esim-usage-gateway/client</code>, as yours can be. It asks again when there is something new.</p>
<h2 id="live-heading">Read just now</h2>
<p class="intro">One of each kind, from the gateway that serves this page.</p>
<ul id="live" class="cards" aria-labelledby="live-heading"></ul>
<h2 id="crowd-heading">More than the limits allow</h2>
<p class="intro">Five eSIMs can be read in a second. Those for whom there is no room in time are told when to come back.</p>
<button id="more" type="button">Read 60 more</button>
<ul id="crowd" class="cards" aria-labelledby="crowd-heading" tabindex="-1" hidden></ul>
<h2 id="samples-heading">When the provider has trouble</h2>
<p class="intro">Samples of what is shown then. They are read from nowhere.</p>
<ul id="samples" class="cards" aria-labelledby="samples-heading"></ul>
<p id="told" class="only-heard" role="status"></p>
<noscript>This page needs JavaScript.</noscript>
`;

export interface DemoOptions {
  /** By what each of them shows. */
  readonly scenarios: Readonly<Record<string, string>>;
  /** More than can be read at once. */
  readonly fleet: readonly string[];
}

/** How many of the fleet are read on request. */
const crowdSize = 60;

/** Whether a schema has the fields and names that the demo asks for. */
export function canAnswerDemo(schema: SchemaOptions): boolean {
  const { rootFields, typePrefix } = schemaSettingsOf(schema);
  return rootFields && typePrefix === '';
}

/** The demo: what a product shows of a simulator's eSIMs. */
export function createDemo({ scenarios, fleet }: DemoOptions): WebDocument {
  const known = Object.entries(scenarios).map(([name, iccid]) => ({
    label: capitalised(inWords(name)),
    iccid,
  }));
  const settings: DemoSettings = {
    endpoint: 'graphql',
    esims: [...known, { label: 'Malformed number', iccid: '8944 4654 0000 0267 221' }],
    crowd: fleet.slice(0, crowdSize),
  };
  return {
    path: '/demo',
    title: 'eSIM usage: demo',
    content,
    styles: ['browser/demo.css'],
    libraries: [],
    modules: [
      'browser/demo/demo.js',
      'browser/demo/card.js',
      'browser/demo/element.js',
      'browser/demo/keep-reading.js',
      'browser/demo/samples.js',
      'browser/document-data.js',
      'client/ask.js',
      'client/ask-again.js',
      'client/describe-usage.js',
      'client/format.js',
      'client/words.js',
      'generated/operations.js',
    ],
    data: settings,
  };
}

/** `unlimited` as `Unlimited`. */
function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
