import { parseArgs } from 'node:util';
import { schemaVariableOf } from './config/schema.js';
import type { SchemaOptions } from './schema/options.js';

/** What `print-schema` takes, for `--help`. */
export const printSchemaUsage = `esim-usage-gateway print-schema [flags]

Prints the SDL of the subgraph, to publish. Without flags, of the one that the environment's ESIM_SCHEMA_… variables describe.

  --entity NAME       what the supergraph calls an eSIM (Esim)
  --key NAME          the entity's key field, which holds the ICCID (iccid)
  --key-type TYPE     that field's type, ID or String (ID)
  --prefix PREFIX     stands before the name of every other type
  --entity-only       without fields at the root
  --authenticated     only for those whom the router has authenticated
  --scopes SETS       the scopes demanded: "a b, c" is both a and b, or c
  --tags NAMES        tags everything, for contracts: "public, partner"
  --plain             the SDL of a schema of its own, and no subgraph
`;

/** Each flag, the option that it is, and what it says of it where it has no value. */
const flags: Readonly<Record<string, readonly [option: keyof SchemaOptions, says?: string]>> = {
  entity: ['entity'],
  key: ['entityKey'],
  'key-type': ['entityKeyType'],
  prefix: ['typePrefix'],
  'entity-only': ['rootFields', 'false'],
  authenticated: ['authenticated', 'true'],
  scopes: ['scopes'],
  tags: ['tags'],
  plain: ['federation', 'false'],
};

/** The flags as the variables of the environment that they stand for. Throws when one of them is unknown or lacks its value. */
export function schemaVariablesOf(args: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([flag, [, says]]) => [
      flag,
      { type: says === undefined ? ('string' as const) : ('boolean' as const) },
    ]),
  );
  const { values } = parseArgs({ args: [...args], options });
  const given = Object.entries(flags).flatMap(([flag, [option, says]]) => {
    const value = values[flag];
    return value === undefined ? [] : [[schemaVariableOf(option), says ?? String(value)]];
  });
  return { ESIM_SCHEMA_FEDERATION: 'true', ...Object.fromEntries(given) };
}
