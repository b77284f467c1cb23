import { expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { isForBoth } from '../../scripts/lint-both-engines.ts'
import { isDuckDb } from '../../scripts/lint-sql.ts'
import { assetByName, assets } from './index.ts'

test('each asset comes after its upstream, under a name of its own', () => {
  const seen = new Set<string>()
  for (const { name, upstream } of assets) {
    expect(upstream.filter((asset) => !seen.has(asset))).toEqual([])
    expect(seen.has(name)).toBe(false)
    seen.add(name)
  }
})

test('an unknown name is answered with the known ones', () => {
  expect(assetByName('fact_sales').store).toBe('postgres')
  expect(() => assetByName('fact_sale')).toThrow(/"fact_sale" is unknown; the assets are cleansed\/sales, .*fact_sales/)
})

test('a code version is the same until a statement changes', () => {
  const versions = assets.map(({ codeVersion }) => codeVersion)
  for (const version of versions) expect(version).toMatch(/^[0-9a-f]{12}$/)
  expect(new Set(versions).size).toBe(versions.length)
})

test('the statements of assets that Spark may build are linted for both engines', () => {
  const portable = assets.filter(({ runsOnSpark }) => runsOnSpark)
  const statements = new Set(portable.flatMap(({ statements }) => statements).filter(isDuckDb))
  expect(statements.size).toBeGreaterThan(0)
  expect([...statements].filter((file) => !isForBoth(file))).toEqual([])
})

test('days run across months, leap days and years', () => {
  expect([addDays('2024-03-01', -1), addDays('2024-12-31', 1), addDays('2025-03-30', -90)]).toEqual([
    '2024-02-29',
    '2025-01-01',
    '2024-12-30',
  ])
})
