import { z } from 'zod';

/** Of RFC 6902 what the examples need. */
export const operation = z.object({
  op: z.enum(['add', 'replace']),
  path: z.string().startsWith('/'),
  value: z.unknown(),
});
export type Operation = z.infer<typeof operation>;

const fieldsOf = z.record(z.string(), z.unknown());

/** A document after these operations. Throws where one has no place. */
export function patched(document: unknown, operations: readonly Operation[]): unknown {
  return operations.reduce(
    (target, { op, path, value }) => withValue(target, path.slice(1).split('/'), value, op),
    document,
  );
}

function withValue(
  target: unknown,
  [key = '', ...rest]: readonly string[],
  value: unknown,
  op: Operation['op'],
): unknown {
  const next = (there: unknown): unknown => (rest.length === 0 ? value : withValue(there, rest, value, op));
  if (Array.isArray(target)) {
    if (key === '-' && op === 'add' && rest.length === 0) return [...target, value];
    if (!(key in target)) throw new RangeError(`there is no place ${key}`);
    return target.map((each, index) => (String(index) === key ? next(each) : each));
  }
  const fields = fieldsOf.parse(target);
  if (!(key in fields) && (op === 'replace' || rest.length > 0)) throw new RangeError(`there is no ${key}`);
  return { ...fields, [key]: next(fields[key]) };
}
