import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type ValueNode,
} from 'graphql';
import type { ReadingNames } from '../at-hand.js';
import { expiryOf } from '../usage.js';
import {
  collectFields,
  createShape,
  NotUnderstoodError,
  type Shape,
  type ShapedField,
  type ShapeOptions,
  selectionsOf,
  shapeOf,
} from './shape.js';

/** What the operation's variables are. */
export type Variables = Readonly<Record<string, unknown>>;

/** How one field at the root is answered. */
export interface Root {
  /** Its key in the answer, with what stands after it. */
  readonly begin: string;
  /** Whether the answer is a list. */
  readonly isList: boolean;
  /** Whether a gateway names what is read, on behalf of other subgraphs. */
  readonly isReference: boolean;
  /** The texts that it names, in the order of its answer. Null for variables that only graphql-js understands. */
  readonly textsIn: (variables: Variables) => readonly string[] | null;
  /** What the answer has of a reading. */
  readonly shape: Shape;
}

/** How an operation is answered from readings alone. */
export interface Plan {
  /** Fields that are the same for everybody are texts. */
  readonly roots: readonly (Root | string)[];
}

export interface PlanOptions {
  readonly schema: GraphQLSchema;
  readonly names: ReadingNames;
  /** The calendar's time of a moment of the module's clock. */
  readonly toDate: (atMs: number) => Date;
}

export interface PlannedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** What its Boolean variables are: the plan is for these only. */
  readonly booleans: Readonly<Record<string, boolean>>;
}

/** Makes the plan of a valid operation. Null where it asks for anything but readings, or in a way that is left to graphql-js. */
export function createPlan(planned: PlannedOperation, options: PlanOptions): Plan | null {
  try {
    return planOf(planned, options);
  } catch (error) {
    if (error instanceof NotUnderstoodError) return null;
    throw error;
  }
}

function planOf({ document, operation, booleans }: PlannedOperation, options: PlanOptions): Plan {
  const { schema, names } = options;
  const query = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || !query)
    throw new NotUnderstoodError(operation.operation);
  if ((operation.directives ?? []).length > 0) throw new NotUnderstoodError('directive');
  // A default would have to be filled in.
  for (const { defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue !== undefined) throw new NotUnderstoodError('default');
  const shapes: ShapeOptions = {
    schema,
    booleans,
    fragments: new Map(document.definitions.filter(isFragment).map((each) => [each.name.value, each])),
    special: createSpecial(options),
  };
  const reading = objectType(schema, names.reading);

  function rootOf(begin: string, nodes: readonly FieldNode[]): Root | string {
    const [node] = nodes;
    const ofReading = (): Shape => createShape(reading, selectionsOf(nodes), shapes);
    switch (node?.name.value) {
      case '__typename':
        return `${begin}${JSON.stringify(query?.name)}`;
      case 'esimUsage':
        return {
          begin,
          isList: false,
          isReference: false,
          textsIn: oneIn(argument(node, 'iccid')),
          shape: ofReading(),
        };
      case 'esimUsages':
        return {
          begin,
          isList: true,
          isReference: false,
          textsIn: listIn(argument(node, 'iccids')),
          shape: ofReading(),
        };
      case '_entities':
        return {
          begin,
          isList: true,
          isReference: true,
          textsIn: referencesIn(argument(node, 'representations'), names),
          shape: createEntityShape(nodes, shapes, names),
        };
      default:
        throw new NotUnderstoodError(String(node?.name.value));
    }
  }

  const fields = collectFields(query, [operation.selectionSet], shapes);
  return { roots: [...fields].map(([key, nodes]) => rootOf(`${JSON.stringify(key)}:`, nodes)) };
}

/** The shape of an entity, taken of its reading. */
function createEntityShape(nodes: readonly FieldNode[], shapes: ShapeOptions, names: ReadingNames): Shape {
  const { schema } = shapes;
  const entity = objectType(schema, names.entity);
  const reading = objectType(schema, names.reading);
  const selected = [...collectFields(entity, selectionsOf(nodes), shapes)];
  // Without it nothing is read.
  if (!selected.some(([, of]) => of[0]?.name.value === 'usage')) throw new NotUnderstoodError(entity.name);
  return shapeOf(
    selected.map(([key, of]): ShapedField => {
      const name = of[0]?.name.value;
      if (name === 'usage') return { key, read: createShape(reading, selectionsOf(of), shapes) };
      if (name === names.entityKey) return { key, read: (source) => Reflect.get(source, 'iccid') };
      if (name === '__typename') return { key, read: () => entity.name };
      throw new NotUnderstoodError(String(name));
    }),
  );
}

/** What of a reading the resolvers compute. */
function createSpecial({ names, toDate }: PlanOptions): ShapeOptions['special'] {
  return (source, typeName, fieldName) => {
    if (typeName === names.reading) {
      if (fieldName === 'freshness') return source;
      if (fieldName === 'expiresAt') return expiryIn(source);
      if (fieldName === 'esim') return { [names.entityKey]: Reflect.get(source, 'iccid') };
    }
    const atMs: unknown = typeName === names.freshness ? Reflect.get(source, `${fieldName}Ms`) : undefined;
    return typeof atMs === 'number' ? toDate(atMs) : undefined;
  };
}

function expiryIn(source: object): Date | null {
  const expiresAtSeconds: unknown = Reflect.get(source, 'expiresAtSeconds');
  return typeof expiresAtSeconds === 'number' ? expiryOf({ expiresAtSeconds }) : null;
}

function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (type instanceof GraphQLObjectType) return type;
  throw new NotUnderstoodError(name);
}

function argument(node: FieldNode, name: string): ValueNode {
  const found = node.arguments?.find((each: ArgumentNode) => each.name.value === name);
  if (found === undefined) throw new NotUnderstoodError(name);
  return found.value;
}

/** The text that a value stands for. Null for what is none. */
function textIn(node: ValueNode): (variables: Variables) => string | null {
  if (node.kind === Kind.STRING) return () => node.value;
  if (node.kind !== Kind.VARIABLE) throw new NotUnderstoodError(node.kind);
  return (variables) => {
    const value = variables[node.name.value];
    return typeof value === 'string' ? value : null;
  };
}

function oneIn(node: ValueNode): Root['textsIn'] {
  const textOf = textIn(node);
  return (variables) => {
    const text = textOf(variables);
    return text === null ? null : [text];
  };
}

function listIn(node: ValueNode): Root['textsIn'] {
  if (node.kind === Kind.LIST) {
    const items = node.values.map(textIn);
    return (variables) => allOf(items.map((textOf) => textOf(variables)));
  }
  if (node.kind !== Kind.VARIABLE) throw new NotUnderstoodError(node.kind);
  return (variables) => {
    const value = variables[node.name.value];
    return Array.isArray(value) ? allOf(value) : null;
  };
}

/** Each representation is an object of the entity's, with its key as a text. */
function referencesIn(node: ValueNode, { entity, entityKey }: ReadingNames): Root['textsIn'] {
  if (node.kind !== Kind.VARIABLE) throw new NotUnderstoodError(node.kind);
  const keyOf = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && Reflect.get(value, '__typename') === entity
      ? Reflect.get(value, entityKey)
      : null;
  return (variables) => {
    const value = variables[node.name.value];
    return Array.isArray(value) ? allOf(value.map(keyOf)) : null;
  };
}

function allOf(values: readonly unknown[]): string[] | null {
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length === values.length ? texts : null;
}

function isFragment(node: DocumentNode['definitions'][number]): node is FragmentDefinitionNode {
  return node.kind === Kind.FRAGMENT_DEFINITION;
}
