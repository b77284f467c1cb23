import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { exportNewestDates } from './ledger-metrics.ts'

let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
})

afterAll(async () => {
  await database?.drop()
})

test('each asset reports its newest date that can be read, and a ledger that is unavailable reports nothing', async () => {
  await pool.query(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_at
     )
     values
       ('fact_sales', '2017-03-01', 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), now()),
       ('fact_sales', '2017-03-02', 'running', 2, 'w', 'r', 'late_data', now(), now(), now()),
       ('fact_sales', '2017-03-03', 'failed', 3, 'w', 'r', 'scheduled', now(), now(), null)`,
  )
  const registry = new Registry()
  exportNewestDates(registry, pool)
  const seconds = Date.UTC(2017, 2, 2) / 1000
  expect(await registry.metrics()).toContain(`shelfline_asset_newest_date_seconds{asset="fact_sales"} ${seconds}`)

  await pool.end()
  expect(await registry.metrics()).not.toContain('fact_sales')
})
