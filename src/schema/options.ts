/** How the schema fits into what is there. Every field has a default. */
export interface SchemaOptions {
  /**
   * Whether the schema is a subgraph of a federated supergraph (Apollo Federation 2.9), and not a schema of its own.
   * @default false
   */
  readonly federation?: boolean | undefined;
  /**
   * What an eSIM is called: the name of the supergraph's entity.
   * @default 'Esim'
   */
  readonly entity?: string | undefined;
  /**
   * The entity's key field. It must hold the ICCID.
   * @default 'iccid'
   */
  readonly entityKey?: string | undefined;
  /**
   * That field's type, as the entity's owner has it.
   * @default 'ID'
   */
  readonly entityKeyType?: EntityKeyType | undefined;
  /**
   * Stands before the name of every other type, where those of another subgraph are called the same.
   * @default ''
   */
  readonly typePrefix?: string | undefined;
  /**
   * Whether readings can be asked for at the root, by any ICCID. Without these fields they can be reached only through the entity, and
   * so through the checks of whoever owns it.
   * @default true
   */
  readonly rootFields?: boolean | undefined;
  /**
   * Whether the router lets only those read usage whom it has authenticated (`@authenticated`). Only in a subgraph.
   * @default false
   */
  readonly authenticated?: boolean | undefined;
  /**
   * The scopes that the router demands for reading usage (`@requiresScopes`): all of any one set. Only in a subgraph.
   * @default none are demanded
   */
  readonly scopes?: readonly (readonly string[])[] | undefined;
  /**
   * The names that everything of this schema is tagged with (`@tag`), for contracts. Only in a subgraph.
   * @default none
   */
  readonly tags?: readonly string[] | undefined;
}

/** The types that a key field may have. */
export const entityKeyTypes = ['ID', 'String'] as const;
export type EntityKeyType = (typeof entityKeyTypes)[number];

/** Options with nothing left open. */
export type SchemaSettings = { readonly [Name in keyof SchemaOptions]-?: NonNullable<SchemaOptions[Name]> };

/** Fills in the defaults. Throws a `TypeError` that says what was expected and what it got. */
export function schemaSettingsOf(options: SchemaOptions = {}): SchemaSettings {
  for (const [name, fault] of schemaFaults(options))
    throw new TypeError(`schema.${name}: ${fault}, got ${JSON.stringify(options[name])}`);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

const defaults: SchemaSettings = {
  federation: false,
  entity: 'Esim',
  entityKey: 'iccid',
  entityKeyType: 'ID',
  typePrefix: '',
  rootFields: true,
  authenticated: false,
  scopes: [],
  tags: [],
};

const isName = (value: unknown): boolean => typeof value === 'string' && /^(?!__)[_A-Za-z]\w*$/.test(value);
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const isScope = (value: unknown): boolean => typeof value === 'string' && /^\S+$/.test(value);
// As composition takes it (Apollo Federation specification, `@tag`).
const isTag = (value: unknown): boolean =>
  typeof value === 'string' && /^[_A-Za-z][-/\w]{0,127}$/.test(value);

/** Names that the entity cannot have, because GraphQL or federation has given them away. */
const takenNames = ['Query', 'Mutation', 'Subscription', 'ID', 'String', 'Int', 'Float', 'Boolean'];

const expectations: {
  readonly [Name in keyof SchemaOptions]-?: readonly [expected: string, isMet: (value: unknown) => boolean];
} = {
  federation: ['expected true or false', isBoolean],
  entity: [
    'expected the name of a GraphQL object type',
    (value) => isName(value) && !takenNames.includes(String(value)),
  ],
  entityKey: [
    'expected the name of a GraphQL field other than usage',
    (value) => isName(value) && value !== 'usage',
  ],
  entityKeyType: [
    `expected one of ${entityKeyTypes.join(', ')}`,
    (value) => entityKeyTypes.some((type) => type === value),
  ],
  typePrefix: ['expected the beginning of a GraphQL name', (value) => value === '' || isName(value)],
  rootFields: ['expected true or false', isBoolean],
  authenticated: ['expected true or false', isBoolean],
  scopes: [
    'expected sets of scopes, each without spaces',
    (value) => isListOf(value, (set) => isListOf(set, isScope) && Array.isArray(set) && set.length > 0),
  ],
  tags: [
    'expected names of letters, digits, underscores, hyphens and slashes',
    (value) => isListOf(value, isTag),
  ],
};

/** What only a router reads. */
const routersNames = ['authenticated', 'scopes', 'tags'] as const;
const isOption = (name: string): name is keyof SchemaOptions => name in expectations;

/** Each option that cannot be, with what was expected of it. */
export function schemaFaults(options: SchemaOptions): [name: keyof SchemaOptions, expected: string][] {
  const names = Object.keys(options).filter((name) => isOption(name) && options[name] !== undefined);
  const faults = names.filter(isOption).flatMap((name): [keyof SchemaOptions, string][] => {
    const [expected, isMet] = expectations[name];
    return isMet(options[name]) ? [] : [[name, expected]];
  });
  const isSet = (name: keyof SchemaOptions): boolean =>
    Array.isArray(options[name]) ? options[name].length > 0 : options[name] === true;
  const useless = options.federation ? [] : routersNames.filter(isSet);
  return [
    ...faults,
    ...useless.map((name): [keyof SchemaOptions, string] => [name, 'expected only with federation']),
  ];
}
