import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool, type PoolClient, rehearse } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { changeLimit, replayQuality } from '../../services/data-quality/learned.ts'
import { checksOf, judgeDay } from './unusual-days.ts'

/** A Tuesday, twelve weeks after the first. */
const DAY = '2024-03-26'
let database: TestDatabase
let pool: Pool

/** Ten stores that sell 95 to 105 lines a day, as a seeded rule has it. */
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  await pool.query(
    `insert into analytics.dim_store
     select n, 's' || n, 'S', 'r', 'US', 'USD', 'UTC', '1900-01-01+00', '9999-12-31+00', true from generate_series(1, 10) as n`,
  )
  await pool.query(`select analytics.ensure_partitions('2024-01-01', '2024-03-31')`)
  await pool.query(
    `insert into analytics.sales_by_store_day (
       sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount,
       return_lines, returned_quantity, returned_amount, cost_amount, margin_amount, costed_net_amount
     )
     select day::date, n, lines / 4, lines, 0, lines, 2.5 * lines, 0.1 * lines, 2.4 * lines, 0, 2, 2, 5, lines, lines, 2.4 * lines
     from generate_series(timestamp '2024-01-02', '2024-03-31', interval '1 day') as day
     cross join generate_series(1, 10) as n
     cross join lateral (select 95 + abs(hashtext(day::text || n)) % 11 as lines) as sold`,
  )
  await pool.query(
    `insert into analytics.sales_by_store_hour (sale_date, store_key, hour_of_day, transactions, lines, quantity, net_amount)
     select sale_date, store_key, hour, lines / 16, lines / 4, lines / 4, lines
     from analytics.sales_by_store_day cross join generate_series(9, 12) as hour`,
  )
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

type Client = Pick<PoolClient, 'query'>

const unusual = async (client: Client = pool) =>
  (await judgeDay(client, DAY))
    .filter(({ isUnusual }) => isUnusual)
    .map(({ measure, subject }) => `${measure} ${subject}`)

/** What a fault makes of the days; it is taken back afterwards. */
const during = (fault: string, work: (client: Client) => Promise<void>): Promise<void> =>
  rehearse(pool, async (client) => {
    await client.query(fault)
    await work(client)
  })

describe('a day', () => {
  test('like its past is not unusual, in any of four weeks', async () => {
    const replayed = await replayQuality(pool, { from: '2024-03-01', to: '2024-03-31' })
    const lines = replayed.measures.find(({ measure }) => measure === 'lines')!
    expect(lines.judged).toBe(310)
    expect(replayed.measures.map(({ unusual: found }) => found)).toEqual(replayed.measures.map(() => 0))
  })

  test.each([
    [
      'two of three lines missing',
      'transactions = transactions / 3, lines = lines / 3, net_amount = net_amount / 3, gross_amount = gross_amount / 3, discount_amount = discount_amount / 3, costed_net_amount = costed_net_amount / 3',
      ['lines store s3'],
    ],
    ['too many returns', 'return_lines = 40', ['return_share store s3']],
    [
      'twice the prices',
      'net_amount = 2 * net_amount, gross_amount = 2 * gross_amount, discount_amount = 2 * discount_amount, costed_net_amount = 2 * costed_net_amount',
      ['amount_per_line store s3'],
    ],
    ['costs that are no longer known', 'costed_net_amount = 0', ['unknown_cost_share store s3']],
  ])('with %s is unusual in this, and in nothing else', async (_, change, found) => {
    await during(
      `update analytics.sales_by_store_day set ${change} where sale_date = '${DAY}' and store_key = 3`,
      async (client) => {
        expect(await unusual(client)).toEqual(found)
        const failed = checksOf(DAY, await judgeDay(client, DAY)).filter(({ passed }) => !passed)
        expect(failed).toMatchObject([{ failingRows: 1, examples: [{ row: { subject: 'store s3' } }] }])
      },
    )
  })

  test('that sold at other hours is unusual', async () => {
    const fault = `update analytics.sales_by_store_hour set hour_of_day = hour_of_day + 6 where sale_date = '${DAY}' and store_key = 5`
    await during(fault, async (client) => {
      expect(await unusual(client)).toEqual(['hours_moved store s5'])
    })
  })

  test('of an incident or a holiday is not judged', async () => {
    const fault = `update analytics.sales_by_store_day set lines = 5 where store_key = 3 and sale_date = '${DAY}'`
    await during(fault, async (client) => {
      expect(await unusual(client)).toContain('lines store s3')
      await client.query(
        `insert into ops.incident (store_id, starts_at, ends_at, why, tagged_by)
         values ('s3', '${DAY} 08:00+00', '${DAY} 20:00+00', 'flood', 'ann')`,
      )
      expect(await unusual(client)).toEqual([])
      await client.query('delete from ops.incident')
      await client.query(`insert into ref.holidays (country, holiday_date, name) values ('US', '${DAY}', 'A feast')`)
      expect(await judgeDay(client, DAY)).toEqual([])
    })
  })

  test('is judged by limits that a person changes, with a reason', async () => {
    const fault = `update analytics.sales_by_store_day set lines = lines / 3 where store_key = 3 and sale_date = '${DAY}'`
    await during(fault, async (client) => {
      await changeLimit(client, { measure: 'lines', changeMin: 0.9, by: 'ann', why: 'small stores' })
      expect(await unusual(client)).not.toContain('lines store s3')
      expect(
        await changeLimit(client, { measure: 'lines', changeMin: 0.3, by: 'ann', why: 'as before' }),
      ).toMatchObject({
        scoreMax: 6,
        changeMin: 0.3,
        changedBy: 'ann',
      })
      expect(await unusual(client)).toContain('lines store s3')
    })
    await expect(changeLimit(pool, { measure: 'nonsense', scoreMax: 3, by: 'ann', why: 'x' })).rejects.toThrow(
      'measure "nonsense" does not exist',
    )
    await expect(changeLimit(pool, { measure: 'lines', scoreMax: Number.NaN, by: 'ann', why: 'x' })).rejects.toThrow(
      'is not a number above 0',
    )
  })
})
