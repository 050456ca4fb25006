import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: 'esim-usage-gateway/fleet', replacement: file('../src/fleet/index.ts') },
      { find: 'esim-usage-gateway/client', replacement: file('../src/client/index.ts') },
      { find: 'esim-usage-gateway/metrics', replacement: file('../src/metrics/metrics.ts') },
      { find: 'esim-usage-gateway/simulator', replacement: file('../src/simulator/index.ts') },
      { find: 'esim-usage-gateway', replacement: file('../src/index.ts') },
      // The copy that Node loads. Vite would take the other one, and Apollo's errors would be no errors of ours.
      { find: /^graphql$/, replacement: file('../node_modules/graphql/index.js') },
    ],
  },
  test: {
    root: file('..'),
    include: ['test/**/*.test.ts'],
    // A project of its own, with dependencies of its own.
    exclude: ['test/consumer/**'],
    globalSetup: file('support/build.ts'),
    // Much of what tests do is to wait for processes. Two go together even where there are two cores only.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Of the tests of one file that say that they can go together: they wait for leases.
    maxConcurrency: 8,
    coverage: {
      include: ['src/**/*.ts'],
      // Code that codegen makes, types without code, and what runs in processes or browsers of its own.
      exclude: [
        'src/browser/**',
        'src/generated/**',
        'src/{usage,events,index,state}.ts',
        'src/client/{index,typed-document}.ts',
        'src/simulator/{exchange,index}.ts',
        '**/main.ts',
      ],
      reporter: ['text'],
      thresholds: {
        'src/{clock,errors,iccid,problem}.ts': { 100: true },
        'src/{cache,client,loader,metrics,scheduler,upstream,resolvers,tracing}/**': { 100: true },
      },
    },
  },
});
