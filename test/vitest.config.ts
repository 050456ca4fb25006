import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      'esim-usage-gateway/simulator': file('../src/simulator/index.ts'),
      'esim-usage-gateway': file('../src/index.ts'),
    },
  },
  test: {
    root: file('..'),
    include: ['test/**/*.test.ts'],
  },
});
