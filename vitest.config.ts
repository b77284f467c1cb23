import { defineConfig } from 'vitest/config'

const MINUTE_MS = 60_000
const NOT_OURS = ['**/node_modules/**', '**/.shelfline*/**']
/** Every command of README and docs on an instance of its own takes minutes: `npm run test:front-door`. */
const isFrontDoorWanted = process.env.SHELFLINE_FRONT_DOOR === '1'

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Tests compare text: what the machine thinks of colours must not matter.
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
    exclude: NOT_OURS,
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
          exclude: [...NOT_OURS, ...(isFrontDoorWanted ? [] : ['scripts/front-door/**'])],
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
        },
      },
    ],
  },
})
