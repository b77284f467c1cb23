/** Which events are copies of one: the live state and the lake must agree. */
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawTable } from '../lake/raw-table.ts'
import { duckDbType } from '../lake/schema.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
})
afterAll(() => database?.drop())

const events = [
  ['two stores', '2024-05-01', 's1'],
  ['two stores', '2024-05-01', 's2'],
  ['two days', '2024-05-01', 's1'],
  ['two days', '2024-05-02', 's1'],
  ['sent twice', '2024-05-01', 's1'],
  ['sent twice', '2024-05-01', 's1'],
] as const

test('an id is one event on its day, whichever store it names, and another event on another day', async () => {
  const columns = [
    events.map(([id]) => id),
    events.map(([, date]) => `${date}T10:00:00Z`),
    events.map(([, , store]) => store),
    ...['p1', '1', '2', '0', ''].map((value) => events.map(() => value)),
  ]
  await query(database.url, `select state.ensure_event_id_months('{2024-05-01}')`)
  await query(
    database.url,
    statement('streams/apply_sales.sql'),
    columns.map((values) => values.join('\n')),
  )
  const live = await query(
    database.url,
    'select store_id as store, sale_date as date, units::integer as units from state.sales_day order by 1, 2',
  )

  const duckDb = await DuckDBInstance.create(':memory:')
  const connection = await duckDb.connect()
  await connection.run("set TimeZone = 'UTC'")
  const raw = rawTable('pos_transactions').schema.map(({ name, type }) => `"${name}" ${duckDbType(type)}`)
  await connection.run(`create table raw (${raw.join(', ')})`)
  for (const [offset, [id, date, store]] of events.entries()) {
    await connection.run(
      `insert into raw by name select '${id}' as event_id, '${date}' as date, '${store}' as store_id, ${offset} as "offset",
         0 as "partition", timestamptz '${date} 10:00:00Z' as known_at, 1 as quantity`,
    )
  }
  const lake: Record<string, unknown>[] = []
  for (const date of ['2024-05-01', '2024-05-02']) {
    const ofDay = `(from raw where date = '${date}')`
    await connection.run(statement('cleansed/read_raw.sql', { raw: ofDay, keep: 'true' }))
    const reader = await connection.runAndReadAll(
      'select store_id as store, date::varchar as date, sum(quantity)::integer as units from events group by all',
    )
    lake.push(...(reader.getRowObjectsJson() as Record<string, unknown>[]))
    await connection.run('drop view events; drop table raw_rows')
  }
  connection.closeSync()
  duckDb.closeSync()

  expect(live).toEqual([
    { store: 's1', date: '2024-05-01', units: '3' },
    { store: 's1', date: '2024-05-02', units: '1' },
  ])
  expect(lake.map((row) => ({ ...row, units: String(row.units) }))).toEqual(live)
})
