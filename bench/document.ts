const begin = '<!-- results -->';
const end = '<!-- end of results -->';

/** A page with other results between its two marks. Throws a `TypeError` when it has none. */
export function withResults(page: string, results: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new TypeError(`page: expected ${begin} and then ${end}`);
  return `${page.slice(0, from)}${begin}\n${results}\n${page.slice(to)}`;
}
