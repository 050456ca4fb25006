import type { CodegenConfig } from '@graphql-codegen/cli';
import type { CodegenPlugin } from '@graphql-codegen/plugin-helpers';
import { concatAST, type DocumentNode, Kind, parse, print, separateOperations } from 'graphql';

/**
 * The documents of operations and fragments, each with the types of its variables and result, and with its text where parsers leave it,
 * for those who send text: the plugins that exist make either nodes or text.
 */
const typedDocuments: CodegenPlugin = {
  plugin(_schema, files) {
    const definitions = files.flatMap(({ document }) => document?.definitions ?? []);
    const names = definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? node.name.value : [],
    );
    // Each fragment as if an operation asked for it: so it comes with those that it needs.
    const askers = names.map((name) => `query ${name}Asker { ...${name} }`);
    const all = separateOperations(
      concatAST([{ kind: Kind.DOCUMENT, definitions }, ...askers.map((text) => parse(text))]),
    );
    const constants = Object.entries(all).map(([name, document]) => {
      const fragment = names.find((each) => name === `${each}Asker`);
      if (fragment === undefined)
        return constant(`${name}Document`, `${name}Query, ${name}QueryVariables`, document);
      const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
      return constant(`${fragment}FragmentDoc`, `${fragment}Fragment, unknown`, {
        ...document,
        definitions: fragments,
      });
    });
    return {
      prepend: ["import type { TypedDocument } from '../client/typed-document.js';"],
      content: constants.join('\n'),
    };
  },
};

function constant(name: string, types: string, document: DocumentNode): string {
  const body = print(document);
  const source = { body, name, locationOffset: { line: 1, column: 1 } };
  const node = { ...parse(body, { noLocation: true }), loc: { start: 0, end: body.length, source } };
  return `export const ${name} = ${JSON.stringify(node)} as unknown as TypedDocument<${types}>;`;
}

const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  pluginLoader: async (name: string) => (name === 'typed-documents' ? typedDocuments : import(name)),
  generates: {
    'src/generated/enums.ts': {
      plugins: ['typescript'],
      config: { onlyEnums: true, enumsAsConst: true, namingConvention: 'keep' },
    },
    'src/generated/operations.ts': {
      documents: 'src/client/*.graphql',
      plugins: ['typescript', 'typescript-operations', 'typed-documents'],
      config: {
        onlyOperationTypes: true,
        enumsAsTypes: true,
        immutableTypes: true,
        avoidOptionals: true,
        skipTypename: true,
        arrayInputCoercion: false,
        namingConvention: 'keep',
        strictScalars: true,
        scalars: { ICCID: 'string', DateTime: 'string' },
      },
    },
    'src/generated/resolver-types.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        contextType: '../context.js#EsimUsageContext',
        scalars: { ICCID: 'string', DateTime: { input: 'Date', output: 'Date' } },
        mappers: {
          Esim: '../usage.js#EsimKey',
          EsimUsage: '../usage.js#UsageReading',
          EsimUsageQuota: '../usage.js#UsageQuota',
          EsimUsageFreshness: '../usage.js#UsageReading',
          EsimUsageProblem: '../usage.js#UsageProblem',
        },
        strictScalars: true,
      },
    },
  },
};

export default config;
