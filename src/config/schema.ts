import { z } from 'zod';
import { entityKeyTypes, keyTypeExpected, type SchemaOptions, schemaFaults } from '../schema/options.js';
import { inCapitals } from './in-capitals.js';
import { partsOf, scopeSets } from './scope-sets.js';

const schemaPrefix = 'ESIM_SCHEMA_';

/** The variable of a schema option: `entityKey` is `ESIM_SCHEMA_ENTITY_KEY`. */
export function schemaVariableOf(name: string): string {
  return `${schemaPrefix}${inCapitals(name)}`;
}

const name = z.string().optional();
const flag = z.stringbool().optional();

const shape = {
  federation: flag,
  entity: name,
  entityKey: name,
  entityKeyType: z.enum(entityKeyTypes).optional(),
  typePrefix: name,
  rootFields: flag,
  authenticated: flag,
  scopes: scopeSets.optional(),
  tags: z
    .string()
    .transform((text) => partsOf(text, /\s*,\s*/))
    .optional(),
} satisfies { readonly [Name in keyof SchemaOptions]-?: z.ZodType };

/** The schema options in the environment. Adds a line for each fault, without its value. */
export function readSchemaOptions(given: Readonly<Record<string, string>>, faults: string[]): SchemaOptions {
  const names = new Map(Object.keys(shape).map((name) => [schemaVariableOf(name), name]));
  const texts: Record<string, string> = {};
  for (const [variable, text] of Object.entries(given)) {
    if (!variable.startsWith(schemaPrefix)) continue;
    const name = names.get(variable);
    if (name === undefined) faults.push(`${variable}: there is no such variable`);
    else texts[name] = text;
  }
  const unreadable =
    z
      .object(shape)
      .safeParse(texts)
      .error?.issues.map(({ path }) => String(path[0])) ?? [];
  for (const name of unreadable) {
    faults.push(
      `${schemaVariableOf(name)}: ${name === 'entityKeyType' ? keyTypeExpected : 'expected true or false'}`,
    );
    delete texts[name];
  }
  const options = z.object(shape).parse(texts);
  // What cannot be read may be what the others depend on.
  const others = unreadable.includes('federation') ? { ...options, federation: true } : options;
  for (const [name, fault] of schemaFaults(others)) faults.push(`${schemaVariableOf(name)}: ${fault}`);
  return options;
}
