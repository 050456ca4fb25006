import { takenNames } from './names.js';

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
/** What a value that is none of them should have been. */
export const keyTypeExpected = `expected one of ${entityKeyTypes.join(', ')}`;

/** Options with nothing left open. */
export type SchemaSettings = { readonly [Name in keyof SchemaOptions]-?: NonNullable<SchemaOptions[Name]> };

/** Fills in the defaults. Throws a `TypeError` that says what was expected and what it got. */
export function schemaSettingsOf(options: SchemaOptions = {}): SchemaSettings {
  for (const [name, fault] of schemaFaults(options))
    throw new TypeError(`schema.${name}: ${fault}, got ${JSON.stringify(options[name])}`);
  return { ...defaults, ...withoutUndefined(options) };
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

/** Two underscores in a row are federation's, and one at the beginning is. Nor may libraries take it for what every object has. */
const isName = (value: unknown): boolean =>
  typeof value === 'string' && /^[A-Za-z](_?[A-Za-z0-9])*_?$/.test(value) && !(value in {});
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
// A scope token, which has neither quotes nor spaces (RFC 6749).
const isScope = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value);
// As composition takes it (Apollo Federation specification, `@tag`).
const isTag = (value: unknown): boolean =>
  typeof value === 'string' && /^[_A-Za-z][-/\w]{0,127}$/.test(value);

const expectations: {
  readonly [Name in keyof SchemaOptions]-?: readonly [expected: string, isMet: (value: unknown) => boolean];
} = {
  federation: ['expected true or false', isBoolean],
  entity: ['expected the name of a GraphQL object type, of letters and digits', isName],
  entityKey: [
    'expected the name of a GraphQL field other than usage, of letters and digits',
    (value) => isName(value) && value !== 'usage',
  ],
  entityKeyType: [keyTypeExpected, (value) => entityKeyTypes.some((type) => type === value)],
  typePrefix: [
    'expected the beginning of a GraphQL name, of letters and digits',
    (value) => value === '' || isName(value),
  ],
  rootFields: ['expected true or false', isBoolean],
  authenticated: ['expected true or false', isBoolean],
  scopes: [
    'expected sets of scopes, each without spaces and quotes',
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

/** The names of all options, in their order. */
export const schemaOptionNames = Object.keys(expectations).filter(isOption);

/** An option that cannot be, with what was expected of it. */
export type SchemaFault = readonly [name: keyof SchemaOptions, expected: string];

/** All options that cannot be, in their order. */
export function schemaFaults(options: SchemaOptions): SchemaFault[] {
  const wrong = schemaOptionNames.flatMap((name): SchemaFault[] => {
    const [expected, isMet] = expectations[name];
    return options[name] === undefined || isMet(options[name]) ? [] : [[name, expected]];
  });
  return [...wrong, ...conflictsIn({ ...defaults, ...withoutUndefined(options) })];
}

/** What cannot be together. */
function conflictsIn(settings: SchemaSettings): SchemaFault[] {
  const isSet = (name: (typeof routersNames)[number]): boolean =>
    settings[name] !== false && String(settings[name]) !== '';
  const useless = settings.federation ? [] : routersNames.filter(isSet);
  const taken = takenNames(settings.typePrefix).includes(settings.entity);
  return [
    ...(taken ? [['entity', 'expected a name that no other type has'] as const] : []),
    ...useless.map((name) => [name, 'expected only with federation'] as const),
  ];
}

function withoutUndefined(options: SchemaOptions): Partial<SchemaSettings> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
