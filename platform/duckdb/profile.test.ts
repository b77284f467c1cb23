import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { withConnection } from './duckdb.ts'
import { profile } from './profile.ts'

async function profileOf(relation: string) {
  const database = await DuckDBInstance.create(':memory:', { threads: '1' })
  try {
    return await withConnection(database, (connection) => profile(connection, relation))
  } finally {
    database.closeSync()
  }
}

test('describes numbers, texts, dates, flags and columns that are empty', async () => {
  const { rows, rowsSampled, columns } = await profileOf(`(values
    (1, 0.10::decimal(18,6), 'tea', date '2024-01-01', true, null),
    (2, 0.30, 'tea', date '2024-01-03', false, null),
    (3, 0.50, 'milk', date '2024-01-02', true, null),
    (4, null, null, null, null, null)) as sales(line, price, product, day, promoted, nothing)`)
  expect([rows, rowsSampled]).toEqual([4, 4])
  const [line, price, product, day, promoted, nothing] = columns
  expect(line).toMatchObject({
    type: 'INTEGER',
    nulls: 0,
    distinct: 4,
    minimum: '1',
    maximum: '4',
    mean: 2.5,
    median: 2.5,
  })
  expect(line!.deviation).toBeCloseTo(1.2909944, 6)
  expect(line!.mostFrequent).toBeNull()
  expect(price).toMatchObject({ nulls: 0.25, minimum: '0.1', maximum: '0.5', median: 0.3 })
  expect(price!.mean).toBeCloseTo(0.3, 9)
  expect(product).toMatchObject({ nulls: 0.25, distinct: 2, mostFrequent: { value: 'tea', share: 0.5 } })
  expect(day).toMatchObject({ minimum: '2024-01-01', maximum: '2024-01-03', distinct: 3 })
  expect(promoted).toMatchObject({ distinct: 2, mostFrequent: { value: 'true', share: 0.5 } })
  expect(nothing).toMatchObject({ nulls: 1, distinct: 0, minimum: null, mostFrequent: null })
})

test('looks at a sample of a large table, always the same', async () => {
  const relation = '(select range as number, range % 10 as digit from range(200000))'
  const first = await profileOf(relation)
  expect([first.rows, first.rowsSampled]).toEqual([200_000, 5_000])
  expect(first.columns[1]).toMatchObject({ distinct: 10, minimum: '0', maximum: '9' })
  expect(Math.abs(first.columns[0]!.mean! - 100_000)).toBeLessThan(4_000)
  expect(await profileOf(relation)).toEqual(first)
})

test('describes a table without rows', async () => {
  const { rows, columns } = await profileOf("(select 1 as number, 'a' as name where false)")
  expect(rows).toBe(0)
  expect(columns).toMatchObject([
    { column: 'number', distinct: 0, nulls: 0 },
    { column: 'name', distinct: 0, nulls: 0 },
  ])
})
