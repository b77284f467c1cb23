/** The statements that DuckDB runs with a store's own time, over every change of clocks of two years. */
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayBefore } from '../activities/backfill/partitions.ts'
import { dayIn } from '../activities/backfill/begun-days.ts'
import { createLocalDuckDb, type DuckDBConnection, literal } from '../platform/duckdb/duckdb.ts'
import { statement } from '../platform/postgres/sql.ts'
import { changesOfTwoYears, dayAfter, firstShown, hoursShown, shown } from '../platform/testing-clocks.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let connection: DuckDBConnection
let close: () => void
beforeAll(async () => {
  const duckDb = await createLocalDuckDb({ duckdbMemoryLimitMegabytes: 256, duckdbThreads: 1, home: tmpdir() })
  connection = await duckDb.connect()
  close = () => {
    connection.closeSync()
    duckDb.closeSync()
  }
  await connection.run(`attach ':memory:' as live; create schema live.state; create schema live.ref`)
  await connection.run(statement('sources/macros.sql'))
})
afterAll(() => close?.())

const rowsOf = async (query: string): Promise<Record<string, string>[]> =>
  (await connection.runAndReadAll(query)).getRowObjectsJson() as Record<string, string>[]
const iso = (atMs: number): string => new Date(atMs).toISOString()
const instants = (values: readonly number[]): string => `unnest([${values.map((at) => `timestamptz '${iso(at)}'`)}])`

describe.each(changesOfTwoYears)('$zone, $day ($minutes min)', ({ zone, day, atMs }) => {
  const aroundMs = Array.from({ length: 216 }, (_, index) => atMs - 27 * HOUR_MS + index * 15 * MINUTE_MS)

  test('a day is the one on the clock, and the day before it ended at its midnight', () => {
    for (const at of aroundMs) {
      const today = shown(at, zone).slice(0, 10)
      expect([dayIn(new Date(at), zone), dayBefore(new Date(at), zone)]).toEqual([today, dayAfter(today, -1)])
    }
  })

  test('an instant is written with the offset that held', async () => {
    const rows = await rowsOf(
      `select instant_text(instant, ${literal(zone)}) as text from (select ${instants(aroundMs)} as instant)`,
    )
    expect(rows.map(({ text }) => Date.parse(text!))).toEqual(aroundMs)
    expect(rows.map(({ text }) => text!.slice(0, 16))).toEqual(aroundMs.map((at) => shown(at, zone)))
  })

  test('sales and visitors count for the first morning by which they were known', async () => {
    const known = aroundMs.filter((at) => shown(at, zone) >= `${day}T`)
    const mornings = Array.from({ length: 4 }, (_, days) => dayAfter(day, days))
    const expected = (at: number) => mornings.find((date) => at <= firstShown(`${dayAfter(date)}T09:00`, zone))!
    // One row of a day is known in time, so that the others are not history that was loaded afterwards.
    await connection.run(`create or replace temp table line as
      select 's' as store_id, 'p' || row_number() over () as product_id, date ${literal(day)} as date, instant as known_at,
        1.0::decimal(24, 6) as quantity, 1.0::decimal(24, 6) as net_amount, 0.0::decimal(24, 6) as discount_amount,
        false as is_promoted, row_number() over () as entries
      from (select ${instants(known)} as instant)`)
    const words = { zone: literal(zone), morning_hours: '33' }
    await connection.run(statement('features/daily_sales.sql', { sales: 'line', keep: 'true', ...words }))
    await connection.run(statement('features/daily_traffic.sql', { traffic: 'line', ...words }))
    const sales = await rowsOf(`select known_for::varchar as day from features order by product_id[2:]::integer`)
    const visitors = await rowsOf(`select known_for::varchar as day from traffic_day order by entries`)
    expect(sales.map((row) => row.day)).toEqual(known.map(expected))
    expect(visitors.map((row) => row.day)).toEqual(known.map(expected))
  })

  test('a price holds from the day on the clock', async () => {
    await connection.run(
      `create or replace table live.ref.stores as select 's' as store_id, ${literal(zone)} as time_zone`,
    )
    await connection.run(`create or replace table live.state.price as
      select 's' as store_id, 'p' || row_number() over () as product_id, 1.0 as price, 'base' as reason, instant as valid_from
      from (select ${instants(aroundMs)} as instant)`)
    await connection.run(statement('features/price_days.sql', { postgres: 'live' }))
    const rows = await rowsOf(`select date::varchar as day from price_day order by product_id[2:]::integer`)
    expect(rows.map((row) => row.day)).toEqual(aroundMs.map((at) => shown(at, zone).slice(0, 10)))
  })

  test('the live state recomputed has every hour of the clock by itself', async () => {
    await connection.run(`drop table if exists window_part; drop table if exists again_sales_window; drop table if exists again_sales_hour;
      drop macro if exists window_value;
      create or replace temp table zone as select 's' as store_id, ${literal(zone)} as time_zone;
      create or replace temp table window_retention as select '-infinity'::timestamptz as since;
      create or replace temp table window_sale as select null::varchar as store_id, null::varchar as product_id,
        null::timestamptz as event_at, null::varchar as transaction_id, null::decimal(38, 6) as quantity,
        null::decimal(38, 6) as unit_price, null::decimal(38, 6) as discount, null::decimal(38, 6) as net_amount where false;
      create or replace temp table window_traffic as
        select 's' as store_id, instant as event_at, 1 as entries, 0 as exits from (select ${instants(aroundMs)} as instant)`)
    await connection.run(statement('streams/recompute/windows.sql'))
    const rows = await rowsOf(`select (epoch_ms(hour_start) // 1000)::integer as start, count(*)::integer as quarters
      from window_part group by hour_start order by min(window_start)`)
    const hours = hoursShown(aroundMs[0]!, aroundMs.at(-1)! + 1, zone)
    expect(rows).toEqual(
      hours.map(({ startMs, firstMs, lastMs }) => ({
        start: startMs / 1000,
        quarters: (lastMs - firstMs) / (15 * MINUTE_MS) + 1,
      })),
    )
  })
})
