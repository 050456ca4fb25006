import { readDocumentData } from './document-data.js';
import type { ExplorerSettings } from './explorer-settings.js';
import { nameEditors } from './name-editors.js';

const settings: ExplorerSettings = JSON.parse(readDocumentData());
const container = document.querySelector('main');
if (container === null) throw new Error('the document has no main element');

const storage = GraphiQL.createLocalStorage({ namespace: settings.storageName });
// GraphiQL fills in the variables of each tab but the first, whose variables it only remembers.
if (storage.getItem('graphiql:tabState') === null)
  storage.setItem('graphiql:variables', settings.tabs[0].variables);

// On a small screen the documentation would leave no room for anything else.
const isWide = window.matchMedia('(min-width: 60rem)').matches;

nameEditors(container);
const heading = React.createElement('h1', {}, document.title);
const logo = React.createElement(GraphiQL.Logo, {}, heading);
const explorer = React.createElement(
  GraphiQL,
  {
    fetcher: GraphiQL.createFetcher({ url: settings.endpoint }),
    storage,
    defaultTabs: settings.tabs,
    defaultQuery: '# Ctrl-Space shows what can be asked for.\n\n',
    defaultEditorToolsVisibility: true,
    isHeadersEditorEnabled: false,
    shouldPersistHeaders: false,
    visiblePlugin: isWide ? GraphiQL.React.DOC_EXPLORER_PLUGIN : null,
  },
  logo,
);
ReactDOM.createRoot(container).render(explorer);
