/** What the demo's document tells its script. */
export interface DemoSettings {
  /** Where GraphQL is answered. */
  readonly endpoint: string;
  /** The eSIMs to show at first. */
  readonly esims: readonly { readonly label: string; readonly iccid: string }[];
  /** More eSIMs than the upstream's limits let be read at once. */
  readonly crowd: readonly string[];
}
