import { z } from 'zod';
import { entityKeyTypes, type SchemaOptions, schemaFaults } from './schema/options.js';

/** `entityKey` as environment variables spell it: `ENTITY_KEY`. */
export function inCapitals(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

/** The variable of a schema option: `entityKey` is `GRAPHQL_ENTITY_KEY`. */
export function schemaVariableOf(name: keyof SchemaOptions): string {
  return `GRAPHQL_${inCapitals(name)}`;
}

const separatedBy = (separator: RegExp, text: string): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

const names = z.string().optional();
const flag = z.stringbool().optional();

const shape = {
  federation: flag,
  entity: names,
  entityKey: names,
  entityKeyType: z.enum(entityKeyTypes).optional(),
  typePrefix: names,
  rootFields: flag,
  authenticated: flag,
  scopes: z
    .string()
    .transform((text) => separatedBy(/,/, text).map((set) => separatedBy(/\s/, set)))
    .optional(),
  tags: z
    .string()
    .transform((text) => separatedBy(/,/, text))
    .optional(),
} satisfies { readonly [Name in keyof SchemaOptions]-?: z.ZodType };

const expected: Readonly<Record<string, string>> = {
  entityKeyType: `expected one of ${entityKeyTypes.join(', ')}`,
};

/** The schema options in the environment. Adds a line for each fault, without its value. */
export function readSchemaOptions(given: Readonly<Record<string, string>>, faults: string[]): SchemaOptions {
  const texts = Object.keys(shape)
    .filter((name): name is keyof SchemaOptions => name in shape)
    .flatMap((name) => {
      const text = given[schemaVariableOf(name)];
      return text === undefined ? [] : [[name, text] as const];
    });
  const parsed = z.object(shape).safeParse(Object.fromEntries(texts));
  const unreadable = (parsed.error?.issues ?? []).map(({ path }) => String(path[0]));
  for (const name of unreadable)
    faults.push(`GRAPHQL_${inCapitals(name)}: ${expected[name] ?? 'expected true or false'}`);
  for (const [name, fault] of schemaFaults(parsed.data ?? {}))
    faults.push(`${schemaVariableOf(name)}: ${fault}`);
  return parsed.data ?? {};
}
