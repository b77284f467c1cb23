import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

test('runs without a server, and prints the profile and the sums of the file', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['examples/first-look.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect({ stderr, status }).toMatchObject({ status: 0 })
  const rows = readFileSync(join(root, 'data/examples/forecasts/sales.csv'), 'utf8').trim().split('\n').slice(1)
  const units = new Map<string, number>()
  for (const [, product, sold] of rows.map((row) => row.split(','))) {
    units.set(product!, (units.get(product!) ?? 0) + Number(sold))
  }
  const [best, most] = [...units].reduce((one, other) => (other[1] > one[1] ? other : one))
  expect(stdout).toContain(`${rows.length} rows`)
  expect(stdout).toMatch(new RegExp(`products that sold most[^]*?${best} +│ ${most} `))
  expect(stdout).toContain('Units by weekday')
})
