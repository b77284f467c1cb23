import { defineConfig } from 'vitest/config'
import { SlowTiersFirst } from './scripts/testing/slow-tiers-first.ts'

const MINUTE_MS = 60_000
const NOT_OURS = ['**/node_modules/**', '**/.shelfline*/**']
/** Every command of README and docs on an instance of its own takes minutes: `npm run test:front-door`. */
const isFrontDoorWanted = process.env.SHELFLINE_FRONT_DOOR === '1'

export default defineConfig({
  test: {
    // Tests on servers wait for a quarter of their time: three keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: SlowTiersFirst },
    // Tests compare text: what the machine thinks of colours must not matter.
    env: {
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      // Suppliers of tests are on this machine.
      SHELFLINE_EGRESS_HTTP: 'on',
      SHELFLINE_EGRESS_PRIVATE: '127.0.0.0/8',
    },
    // What is polled for comes soon; a second, vitest's own limit, is too short for a busy machine.
    expect: { poll: { timeout: MINUTE_MS / 2 } },
    exclude: NOT_OURS,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...NOT_OURS, '**/*.{long,postgres,server}.test.ts'],
          globalSetup: ['scripts/testing/libraries.ts'],
          testTimeout: MINUTE_MS,
          hookTimeout: MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['**/*.long.test.ts'],
          globalSetup: ['scripts/testing/libraries.ts'],
          testTimeout: 6 * MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['**/*.postgres.test.ts'],
          globalSetup: ['scripts/testing/libraries.ts', 'scripts/testing/postgres.ts'],
          testTimeout: 3 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
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
