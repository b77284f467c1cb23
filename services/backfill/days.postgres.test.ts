import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { startPipeline } from '../assets/pipelines.ts'
import { startPlan } from '../replenishment/plan.ts'
import { planBackfill } from './planning.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

/** Each refuses the day before it needs Temporal or the lake. */
const starts = {
  'daily ETL': (date: string) => startPipeline({ pool, timeZone: 'UTC' } as never, { pipeline: 'daily-etl', date }),
  'orders plan': (date: string) => startPlan({ pool, timeZone: 'UTC' } as never, { date }),
  backfill: (date: string) => planBackfill({ pool, timeZone: 'UTC' } as never, { assets: 'all', from: date, to: date }),
}

test.each(Object.keys(starts) as (keyof typeof starts)[])('%s refuses days that can hold no event', async (name) => {
  await expect(starts[name]('0000-01-01')).rejects.toThrow('"0000-01-01" is not a date')
  for (const date of ['0001-01-01', '1899-12-31', '1989-12-31']) {
    await expect(starts[name](date)).rejects.toThrow(
      `"${date}" is too early: no event of such a day is accepted: use 1990-01-01 or a later day`,
    )
  }
  await expect(starts[name]('2999-01-01')).rejects.toThrow('"2999-01-01" has not begun in any store')
})
