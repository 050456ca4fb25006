/** A metric that an expression asks for, by its name and what its labels should be. */
export interface Selector {
  /** As it stands in the expression. */
  readonly text: string;
  readonly name: string;
  /** For each label the values that are asked for; a pattern's alternatives one by one. */
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[];
}

const words = ['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring'];
const groupings = /\b(?:by|without|on|ignoring) *\(([^)]*)\)/g;

/** The metrics that an expression is made of. */
export function selectorsOf(expression: string): Selector[] {
  const withoutGroupings = expression.replace(groupings, '');
  return [...withoutGroupings.matchAll(/\b([a-z_][\w:]*)(\{[^}]*\})?(\[[^\]]*\])?(?! *[\w(:{[])/gi)]
    .filter(([, name = '', braces]) => braces !== undefined || !words.includes(name))
    .map(([, name = '', braces = '']) => ({
      text: name + braces,
      name,
      matchers: [...braces.matchAll(/(\w+)=~?"([^"]*)"/g)].map(([, label = '', pattern = '']) => ({
        label,
        values: alternativesOf(pattern),
      })),
    }));
}

/** The labels that an expression groups by, takes away or matches on. */
export function groupedLabels(expression: string): string[] {
  return [...expression.matchAll(groupings)].flatMap(([, labels = '']) =>
    labels.split(',').map((label) => label.trim()),
  );
}

/** `stale (A|B)` is `stale A` and `stale B`. */
function alternativesOf(pattern: string): string[] {
  const [, before = '', inner, after = ''] = /^([^(]*)\(([^)]*)\)(.*)$/.exec(pattern) ?? [];
  return inner === undefined ? pattern.split('|') : inner.split('|').map((each) => before + each + after);
}
