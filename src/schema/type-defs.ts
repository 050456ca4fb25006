import { readdirSync, readFileSync } from 'node:fs';
import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  type NameNode,
  type ObjectTypeDefinitionNode,
  parse,
  parseType,
  print,
  type TypeDefinitionNode,
  visit,
} from 'graphql';
import { nameOf } from './names.js';
import type { SchemaSettings } from './options.js';

/** The newest that every composition engine in use takes. */
const federationUrl = 'https://specs.apollo.dev/federation/v2.9';
/** Of no use without the root fields: only their arguments are such scalars. */
const rootNames = ['Query', 'ICCID'];

/** The SDL that the package ships, fitted to what is there; as a subgraph, with the link to federation. */
export function createTypeDefs(settings: SchemaSettings): string {
  const { federation, rootFields } = settings;
  const definitions = parse(readSchemaFiles())
    .definitions.filter(
      (each) => rootFields || !isTypeDefinitionNode(each) || !rootNames.includes(each.name.value),
    )
    .map((each) => (isTypeDefinitionNode(each) ? adapt(each, settings) : each));
  return `${[...(federation ? [link(settings)] : []), ...definitions.map(print)].join('\n\n')}\n`;
}

function readSchemaFiles(): string {
  const folder = new URL('../../schema/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
}

function link({ authenticated, scopes, tags }: SchemaSettings): string {
  const imported = [
    '@key',
    ...(authenticated ? ['@authenticated'] : []),
    ...(scopes.length > 0 ? ['@requiresScopes'] : []),
    ...(tags.length > 0 ? ['@tag'] : []),
  ];
  return `extend schema @link(url: "${federationUrl}", import: ${JSON.stringify(imported)})`;
}

function adapt(type: TypeDefinitionNode, settings: SchemaSettings): TypeDefinitionNode {
  const rename = <Node extends { readonly name: NameNode }>(node: Node): Node => ({
    ...node,
    name: named(nameOf(node.name.value, settings)),
  });
  return visit(rename(withDirectives(withKey(type, settings), settings)), { NamedType: rename });
}

function withKey(type: TypeDefinitionNode, { entityKey, entityKeyType }: SchemaSettings): TypeDefinitionNode {
  if (!isObjectNamed('Esim', type)) return type;
  return withFields(type, (field) =>
    field.name.value === 'iccid'
      ? { ...field, name: named(entityKey), type: parseType(`${entityKeyType}!`) }
      : field,
  );
}

/**
 * The entity's key, what the router demands of those who read usage, and tags. Of what belongs to other subgraphs, too, only the fields
 * that nobody else has are guarded and tagged.
 */
function withDirectives(type: TypeDefinitionNode, settings: SchemaSettings): TypeDefinitionNode {
  const { federation, entityKey, authenticated, scopes } = settings;
  if (!federation || type.name.value === 'CacheControlScope') return type;
  const tags = settings.tags.map((tag) => `@tag(name: "${tag}")`).join(' ');
  const guards = [
    ...(authenticated ? ['@authenticated'] : []),
    ...(scopes.length > 0 ? [`@requiresScopes(scopes: ${JSON.stringify(scopes)})`] : []),
  ].join(' ');
  const guarded = (field: FieldDefinitionNode): FieldDefinitionNode => add(`${guards} ${tags}`, field);

  if (isObjectNamed('Query', type)) return withFields(type, guarded);
  if (isObjectNamed('Esim', type))
    return withFields(add(`@key(fields: "${entityKey}")`, type), (field) =>
      field.name.value === entityKey ? field : guarded(field),
    );
  return add(tags, type);
}

function isObjectNamed(name: string, type: TypeDefinitionNode): type is ObjectTypeDefinitionNode {
  return type.kind === Kind.OBJECT_TYPE_DEFINITION && type.name.value === name;
}

function withFields(
  type: ObjectTypeDefinitionNode,
  change: (field: FieldDefinitionNode) => FieldDefinitionNode,
): ObjectTypeDefinitionNode {
  return { ...type, fields: (type.fields ?? []).map(change) };
}

/** Directives as the SDL spells them, before those that are there. */
function add<Node extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(
  directives: string,
  node: Node,
): Node {
  const [carrier] = parse(`scalar Carrier ${directives}`, { noLocation: true }).definitions;
  const added = carrier !== undefined && 'directives' in carrier ? (carrier.directives ?? []) : [];
  return { ...node, directives: [...added, ...(node.directives ?? [])] };
}

const named = (value: string): NameNode => ({ kind: Kind.NAME, value });
