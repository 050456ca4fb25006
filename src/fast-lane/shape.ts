import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isLeafType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Takes of a value what a selection asks for, for `JSON.stringify`. */
export type Shape = (source: object) => object;

/** The value of a field that is no property of its source by the same name. Undefined where it is. */
export type Special = (source: object, typeName: string, fieldName: string) => unknown;

export interface ShapeOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What the operation's Boolean variables are. */
  readonly booleans: Readonly<Record<string, boolean>>;
  readonly special: Special;
}

/** The selection has something in it that only graphql-js understands. */
export class NotUnderstoodError extends Error {}

/**
 * Makes the shape of an object type under some selections, merged as the GraphQL specification says (CollectFields). Throws a
 * `NotUnderstoodError`.
 */
export function createShape(
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
  options: ShapeOptions,
): Shape {
  const fields = [...collectFields(type, selections, options)].map(([key, nodes]): ShapedField => {
    return { key, read: createValue(type, nodes, options) };
  });
  return shapeOf(fields);
}

/** A field of a shape, by its key in the answer. */
export interface ShapedField {
  readonly key: string;
  readonly read: (source: object) => unknown;
}

/** The shape that has these fields, in their order. */
export function shapeOf(fields: readonly ShapedField[]): Shape {
  return (source) => {
    // Without a prototype, because a field may be called anything.
    const shaped: Record<string, unknown> = Object.create(null);
    for (const { key, read } of fields) shaped[key] = read(source);
    return shaped;
  };
}

/** The fields that a selection asks of a type: by the keys of the answer, in their order. */
export function collectFields(
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
  options: ShapeOptions,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();

  function collect({ selections: nodes }: SelectionSetNode): void {
    for (const node of nodes) if (isWanted(node, options)) take(node);
  }

  function take(node: SelectionNode): void {
    if (node.kind === Kind.FIELD) {
      const key = node.alias?.value ?? node.name.value;
      fields.set(key, [...(fields.get(key) ?? []), node]);
    } else if (node.kind === Kind.INLINE_FRAGMENT) spread(node);
    else if (!visited.has(node.name.value)) {
      visited.add(node.name.value);
      const fragment = options.fragments.get(node.name.value);
      if (fragment === undefined) throw new NotUnderstoodError(node.name.value);
      spread(fragment);
    }
  }

  function spread({ typeCondition, selectionSet }: InlineFragmentNode | FragmentDefinitionNode): void {
    if (appliesTo(type, typeCondition?.name.value, options)) collect(selectionSet);
  }

  for (const selection of selections) collect(selection);
  return fields;
}

function isWanted(node: SelectionNode, { booleans }: ShapeOptions): boolean {
  const known = [GraphQLSkipDirective, GraphQLIncludeDirective];
  for (const { name } of node.directives ?? [])
    if (!known.some((directive) => directive.name === name.value)) throw new NotUnderstoodError(name.value);
  const [skip, include] = known.map((directive) => getDirectiveValues(directive, node, booleans)?.if);
  return skip !== true && include !== false;
}

function appliesTo(
  type: GraphQLObjectType,
  condition: string | undefined,
  { schema }: ShapeOptions,
): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && schema.isSubType(wanted, type);
}

function createValue(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  options: ShapeOptions,
): (source: object) => unknown {
  const name = nodes[0]?.name.value ?? '';
  if (name === '__typename') return () => type.name;
  const field = type.getFields()[name];
  if (field === undefined || field.args.length > 0) throw new NotUnderstoodError(name);
  const plain = (source: object): unknown => {
    const special = options.special(source, type.name, name);
    return special === undefined ? Reflect.get(source, name) : special;
  };
  const named = getNamedType(field.type);
  if (isLeafType(named)) return plain;
  const shape = shapeOfField(named, nodes, options);
  return (source) => {
    const value = plain(source);
    return typeof value === 'object' && value !== null ? shape(value) : null;
  };
}

function shapeOfField(
  type: ReturnType<typeof getNamedType>,
  nodes: readonly FieldNode[],
  options: ShapeOptions,
): Shape {
  if (!(type instanceof GraphQLObjectType)) throw new NotUnderstoodError(String(type));
  return createShape(type, selectionsOf(nodes), options);
}

/** What some fields of one key select together. */
export function selectionsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}
