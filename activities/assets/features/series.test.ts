/** The features of many origins against those of each, and against what was known: DuckDB without servers. */

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../contracts/calendar.ts'
import { type DemandSources, makeDemandFeatures } from './series.ts'

const FIRST = '2024-01-01'
const DAYS = 120
const origins = [100, 104, 105, 111, 119].map((day) => addDays(FIRST, day))

let database: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' })
  connection = await database.connect()
  // A quarter of the rows of each third day are known two days late, in two parts.
  await connection.run(`create table daily as
    select
      's' || store as store_id,
      'p' || product as product_id,
      date '${FIRST}' + day::integer as date,
      date '${FIRST}' + (day + if(day % 3 = 0 and hash(store, product, day, part) % 4 = 0, 2, 0))::integer as known_for,
      (hash(store, product, day, part) % 40 / 4)::decimal(24, 6) as units,
      (hash(day, product) % 50 = 0)::integer::decimal(24, 6) as returned_units,
      (units * 1.99)::decimal(24, 6) as net_amount,
      (units * 0.1)::decimal(24, 6) as discount_amount,
      0::decimal(24, 6) as promoted_units,
      1 as lines
    from range(3) s (store), range(8) p (product), range(${DAYS}) d (day), range(2) q (part)
    where hash(store, product, day) % 10 < product + 1`)
})
afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

const products =
  "(select 'p' || i as product_id, if(i < 5, 'fresh', 'dry') as category, 'food' as department from range(8) t (i))"

async function features(wanted: readonly string[], change: Partial<DemandSources> = {}) {
  await makeDemandFeatures(connection, { origins: wanted, daily: 'daily', products, ...change })
  const reader = await connection.runAndReadAll('select * from features order by date, store_id, product_id')
  return reader.getRowObjectsJson() as Record<string, unknown>[]
}

test('many origins at once give the very rows that each gives alone, late sales included', async () => {
  const together = await features(origins)
  const alone: unknown[] = []
  for (const origin of origins) alone.push(...(await features([origin])))
  expect(together.length).toBeGreaterThan(100)
  expect(together).toEqual(alone)
})

test('what comes after the morning changes nothing, however much it is', async () => {
  const before = await features(origins.slice(0, 2))
  const spoilt = `(select * replace (if(known_for > date '${origins[1]}', 1e6, units)::decimal(24, 6) as units) from daily)`
  expect(await features(origins.slice(0, 2), { daily: spoilt })).toEqual(before)
  const known = `(from daily where known_for <= date '${origins[0]}')`
  expect(await features([origins[0]!], { daily: known })).toEqual(before.filter(({ date }) => date === origins[0]))
})

test('shards give their stores’ rows, with peers from all stores', async () => {
  const together = await features([origins[0]!])
  const shards: Record<string, unknown>[] = []
  for (const store of ['s0', 's1', 's2'])
    shards.push(...(await features([origins[0]!], { keep: `store_id = '${store}'` })))
  expect(shards).toEqual(together)
})
