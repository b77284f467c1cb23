import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { actingAs } from '../../platform/postgres/acting.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { changeLayout, readLayout } from './layout-editing.ts'

let database: TestDatabase
let web: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const { settings } = database
  const logger = createLogger({ logLevel: 'error' }, 'test')
  web = createPool({ ...settings, postgresUrl: settings.postgresWebUrl }, logger)
  const pool = createPool(settings, logger)
  await pool.query(`insert into ref.user_scope (user_name, scope) values ('ann', 'all'), ('omar', 'all')`)
  await pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at) values ('s1', 'S', 'r', 'UTC', 'US', 'USD', now())`,
  )
  await pool.query(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at) values ('s1', 'tea', 'A1', 10, 1, 'w1', now())`,
  )
  await pool.end()
})
afterAll(async () => {
  await web?.end()
  await database?.drop()
})

test('while a person saves the layout of a store, another gets a conflict; then the store is free again', async () => {
  const { version } = await readLayout(actingAs(web, 'ann'), 's1')
  const change = {
    store: 's1',
    version,
    shelves: [{ shelfId: 'A1', place: { x: 1, y: 1, width: 1, depth: 1, level: 1, aisle: null } }],
  }
  const sending = Promise.withResolvers<void>()
  const broker = Promise.withResolvers<never>()
  const first = changeLayout(
    {
      pool: actingAs(web, 'ann'),
      kafka: () => {
        sending.resolve()
        return broker.promise
      },
    },
    change,
  )
  await sending.promise
  const second = () => changeLayout({ pool: actingAs(web, 'omar'), kafka: () => broker.promise }, change)
  await expect(second()).rejects.toThrow('another person is saving the layout')
  broker.reject(new Error('no broker answers'))
  await expect(first).rejects.toThrow('no broker answers')
  await expect(second()).rejects.toThrow('no broker answers')
})
