import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'src/generated/enums.ts': {
      plugins: ['typescript'],
      config: { onlyEnums: true, enumsAsConst: true, namingConvention: 'keep' },
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
