/** One instruction, its continued lines joined, `ARG`s put in. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** What follows a FROM, that included. */
export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** Where from and where to, as they stand there. */
export interface Copy {
  /** The stage. Null for the build's context. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The stages of a Dockerfile, as far as ours need the format: no heredocs, no flags but `--from`, defaults of ARGs before the first FROM. */
export function stagesOf(text: string): Stage[] {
  const logical = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const variables = new Map<string, string>();
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of logical) {
    const [, name = '', raw = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const current = stages.at(-1);
    if (name === 'FROM') {
      const [base = '', , as = null] = raw
        .replace(/\$\{(\w+)\}/g, (_, variable) => variables.get(variable) ?? '')
        .split(/\s+/);
      stages.push({ base, name: as, instructions: [] });
    } else if (current === undefined) {
      const [variable = '', value = ''] = raw.split('=');
      variables.set(variable, value);
    } else current.instructions.push({ name, rest: raw });
  }
  return stages;
}

/** The last of an instruction in a stage. */
export function lastOf({ instructions }: Stage, name: string): string {
  const found = instructions.findLast((instruction) => instruction.name === name);
  if (found === undefined) throw new Error(`expected ${name}`);
  return found.rest;
}

/** What a COPY copies. */
export function copyOf(rest: string): Copy {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length) ?? null;
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** The variables that a stage sets. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(
    pairs.map((pair) => pair.split('=')).map(([name = '', value = '']) => [name, value]),
  );
}

/** The words of a command in exec form, whatever options stand before it. */
export function wordsOf(rest: string): string[] {
  const words: unknown = JSON.parse(rest.slice(rest.indexOf('[')));
  if (!Array.isArray(words)) throw new Error(`expected a list of words: ${rest}`);
  return words.map(String);
}

/** The paths that a `.dockerignore` lets through which first leaves out everything. */
export function letThrough(text: string): string[] {
  const [first, ...others] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || others.some((line) => !line.startsWith('!')))
    throw new Error('expected * and then exceptions');
  return others.map((line) => line.slice(1));
}
