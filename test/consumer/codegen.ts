import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'node_modules/esim-usage-gateway/schema/*.graphql',
  documents: ['node_modules/esim-usage-gateway/src/client/operations.graphql', 'src/*.graphql'],
  emitLegacyCommonJSImports: false,
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        avoidOptionals: true,
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { ICCID: 'string', DateTime: 'string' },
      },
    },
  },
};

export default config;
