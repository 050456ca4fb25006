import type { IncomingHttpHeaders } from 'node:http';

/** Who asks, as far as that decides what is answered. */
export interface Viewer {
  /** The eSIMs that may be seen. Null for all. */
  readonly iccids: ReadonlySet<string> | null;
}

/** How it is found out who asks. */
export interface Authentication {
  /** The request's header that says so, by its name in lower case. Null when everybody may ask. */
  readonly header: string | null;
  /** Rejects with an `AuthError`. */
  authenticate(headers: IncomingHttpHeaders): Promise<Viewer>;
  /** The same, where it can be told at once and is good. Null where it takes time to find out, or is not. */
  recognise(headers: IncomingHttpHeaders): Viewer | null;
}

/** One who may see everything. */
export const allSeeing: Viewer = { iccids: null };

/** Which of these eSIMs a viewer may see. Nobody sees none. */
export function visibleTo(iccids: readonly string[], viewer: Viewer | undefined): readonly string[] {
  if (viewer === undefined) return [];
  const { iccids: visible } = viewer;
  return visible === null ? iccids : iccids.filter((iccid) => visible.has(iccid));
}
