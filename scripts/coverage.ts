/**
 * `npm run coverage`: which share of each room's lines the tests without servers execute. Exits with 1 when a room is below its floor, or a
 * test fails. What only runs beside servers (workers, pages, commands, most activities) is tested by the other tiers, which are not measured.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Percent of lines. Raise a floor when tests have lifted its room. */
const FLOORS = {
  activities: 6,
  cli: 18,
  contracts: 95,
  lake: 27,
  models: 81,
  platform: 36,
  services: 6,
  sources: 29,
  streams: 10,
  web: 2,
  workers: 13,
  workflows: 7,
}

const root = join(import.meta.dirname, '..')
const folder = join(root, 'coverage')
const rooms = Object.keys(FLOORS) as (keyof typeof FLOORS)[]

interface Counted {
  lines: { total: number; covered: number }
}

const tests = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  [
    'run',
    '--project',
    'unit',
    '--coverage.enabled',
    '--coverage.reporter=json-summary',
    `--coverage.reportsDirectory=${folder}`,
    `--coverage.include={${rooms.join()}}/**/*.ts`,
    '--coverage.exclude=**/*.test.ts',
  ],
  { cwd: root, stdio: 'inherit' },
)
if (tests.status !== 0) process.exit(1)

const files = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')) as Record<string, Counted>
const below = rooms.filter((room) => {
  const [covered, total] = Object.entries(files)
    .filter(([file]) => relative(root, file).startsWith(`${room}/`))
    .reduce(([sum, all], [, { lines }]) => [sum + lines.covered, all + lines.total], [0, 0])
  const percent = total === 0 ? 0 : (100 * covered) / total
  const isBelow = percent < FLOORS[room]
  console.log(
    `${room.padEnd(12)} ${percent.toFixed(1).padStart(5)} %  floor ${FLOORS[room]} %  ${covered} of ${total} lines`,
  )
  return isBelow
})
for (const room of below)
  console.error(`coverage: ${room} is below its floor of ${FLOORS[room]} %: test what was added`)
process.exitCode = below.length > 0 ? 1 : 0
