// What the explorer uses of the libraries that its document loads before it.

interface ReactElement {
  readonly type: unknown;
}

interface GraphiQLProps {
  readonly fetcher: unknown;
  readonly storage: unknown;
  readonly defaultTabs: readonly { readonly query: string; readonly variables: string }[];
  readonly defaultQuery: string;
  readonly defaultEditorToolsVisibility: boolean;
  readonly isHeadersEditorEnabled: boolean;
  readonly shouldPersistHeaders: boolean;
  readonly visiblePlugin: unknown;
}

interface GraphiQLComponent {
  (props: GraphiQLProps): ReactElement;
  readonly Logo: (props: object) => ReactElement;
  readonly React: { readonly DOC_EXPLORER_PLUGIN: unknown };
  createFetcher(options: { readonly url: string }): unknown;
  createLocalStorage(options: { readonly namespace: string }): Pick<Storage, 'getItem' | 'setItem'>;
}

declare const GraphiQL: GraphiQLComponent;

declare const React: {
  createElement<Props extends object>(
    type: string | ((props: Props) => ReactElement),
    props: Props,
    ...children: readonly (ReactElement | string)[]
  ): ReactElement;
};

declare const ReactDOM: {
  createRoot(container: Element): { render(element: ReactElement): void };
};
