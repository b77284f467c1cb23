import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { fillHolidays } from './holidays.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

test('the holidays of a new country are added once; those that are known stay', async () => {
  await pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     select country, country, 'r', 'UTC', country, 'EUR', now() from unnest(array['Germany', 'United Kingdom', 'Atlantis']) as country`,
  )
  expect(await fillHolidays(pool)).toBeGreaterThan(22 * 8)
  expect(await fillHolidays(pool)).toBe(0)
  const { rows } = await pool.query(
    `select country, name from bi.dim_holiday where holiday_date = '2024-05-09' or holiday_date = '2024-05-06' order by 1`,
  )
  expect(rows).toEqual([
    { country: 'Germany', name: 'Ascension Day' },
    { country: 'United Kingdom', name: 'Early May bank holiday' },
  ])
})
