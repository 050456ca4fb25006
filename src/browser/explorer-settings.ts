/** A worked example as a tab of the explorer. */
export interface ExplorerTab {
  readonly query: string;
  /** As JSON. */
  readonly variables: string;
}

/** What the explorer's document tells its script. */
export interface ExplorerSettings {
  /** Where GraphQL is answered. */
  readonly endpoint: string;
  /** The tabs that are open at first, which is until somebody changes them. */
  readonly tabs: readonly [ExplorerTab, ...ExplorerTab[]];
  /** What a browser keeps a visitor's own changes to these tabs under. Another set of tabs has another one. */
  readonly storageName: string;
}
