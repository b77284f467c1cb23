import { defineConfig } from 'vitest/config'

const MINUTE_MS = 60_000

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Tests compare text: what the machine thinks of colours must not matter.
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
    exclude: ['**/node_modules/**', '**/.shelfline*/**'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.server.test.ts'],
          testTimeout: MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['**/*.server.test.ts'],
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
        },
      },
    ],
  },
})
