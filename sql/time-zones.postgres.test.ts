/** A time zone that a contract accepts means the same to PostgreSQL and to JavaScript, whose rules DuckDB shares. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTimeZone } from '../contracts/time-zones.ts'
import { statement } from '../platform/postgres/sql.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { shown } from '../platform/testing-clocks.ts'
import { query } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
})
afterAll(() => database?.drop())

const instants = [Date.UTC(2019, 0, 15, 12), Date.UTC(2019, 6, 15, 12)]

test('every zone of PostgreSQL with an area is accepted or unknown to JavaScript, and shows the same time', async () => {
  const rows = await query(
    database.url,
    `select name, string_agg(to_char(instant at time zone name, 'YYYY-MM-DD"T"HH24:MI'), ' ' order by instant) as times
     from pg_timezone_names cross join unnest($1::timestamptz[]) as instant group by name`,
    [instants.map((at) => new Date(at).toISOString())],
  )
  const accepted = rows.filter(({ name }) => isTimeZone(String(name)))
  expect(accepted.length).toBeGreaterThan(400)
  for (const { name, times } of accepted) {
    expect(`${name}: ${times}`).toBe(`${name}: ${instants.map((at) => shown(at, String(name))).join(' ')}`)
  }
})

test('every zone of JavaScript that is accepted is known to PostgreSQL', async () => {
  const accepted = Intl.supportedValuesOf('timeZone').filter(isTimeZone)
  const unknown = await query(
    database.url,
    'select name from unnest($1::text[]) as name where name not in (select name from pg_timezone_names)',
    [accepted],
  )
  expect(unknown).toEqual([])
})

test.each(['AET', 'CTT', 'ECT', 'PLT', 'PST', 'EST', 'SystemV/PST8PDT', 'Etc/Unknown'])('%s is not accepted', (name) => {
  expect(isTimeZone(name)).toBe(false)
})

test('a store whose zone PostgreSQL does not know is refused by the database, too', async () => {
  const store = { store_id: 's', name: 'S', region: 'r', country: 'c', currency: 'EUR', event_at: '2024-01-01T00:00:00Z' }
  const merge = (time_zone: string) =>
    query(database.url, statement('streams/merge_stores.sql'), [JSON.stringify([{ ...store, time_zone }])])
  await expect(merge('AET')).rejects.toThrow('time zone "AET" not recognized')
  expect(await merge('Europe/London')).toMatchObject([{ new: '1' }])
})
