import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query, withClient } from './testing.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
})

afterAll(async () => {
  await database?.drop()
})

const ensure = async (first: string, last: string): Promise<number> => {
  const [row] = await query(database.url, 'select analytics.ensure_partitions($1, $2) as created', [first, last])
  return Number(row!.created)
}

async function monthsOf(fact: string): Promise<unknown[]> {
  const rows = await query(
    database.url,
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1`,
    [`analytics.${fact}`],
  )
  return rows.map(({ name }) => name)
}

describe('ensure_partitions', () => {
  test('makes every month of a range once, in every partitioned table', async () => {
    const [{ facts } = {}] = await query(
      database.url,
      "select count(*) as facts from pg_class where relnamespace = 'analytics'::regnamespace and relkind = 'p'",
    )
    expect(await ensure('2016-12-31', '2017-02-01')).toBe(3 * Number(facts))
    expect(await ensure('2016-12-01', '2017-02-28')).toBe(0)
    expect(await monthsOf('fact_sales')).toEqual(
      ['2016_12', '2017_01', '2017_02'].map((month) => `analytics.fact_sales_${month}`),
    )
  })

  test('lets several callers make the same months at once', async () => {
    const created = await Promise.all(Array.from({ length: 6 }, () => ensure('2018-01-01', '2018-06-30')))
    expect(created.filter((count) => count > 0)).toHaveLength(1)
    expect((await monthsOf('fact_inventory')).filter((name) => String(name).includes('_2018_'))).toHaveLength(6)
  })

  test('has a sister for the streams, which takes several callers, too', async () => {
    const make = () =>
      query(database.url, "select state.ensure_event_id_months(array['2018-01-01', '2018-03-31']::date[])")
    await Promise.all(Array.from({ length: 6 }, make))
    const [{ months } = {}] = await query(
      database.url,
      "select count(*) as months from pg_inherits where inhparent = 'state.event_ids'::regclass and inhrelid::regclass::text like '%2018%'",
    )
    expect(months).toBe('2')
  })

  test('waits for neither readers nor writers, and they do not wait for it', async () => {
    await withClient(database.url, async (busy) => {
      await busy.query('begin')
      await busy.query("delete from analytics.fact_sales where sale_date = '2017-01-15'")
      await busy.query('select count(*) from analytics.fact_sales')
      await withClient(database.url, async (maker) => {
        await maker.query("begin; set local lock_timeout = '2s'")
        await maker.query("select analytics.ensure_partitions('2019-01-01', '2019-01-01')")
        await busy.query("set local lock_timeout = '2s'")
        await busy.query('select count(*) from analytics.fact_sales')
        await busy.query("delete from analytics.fact_sales where sale_date = '2017-01-16'")
        await maker.query('commit')
      })
      await busy.query('rollback')
    })
    expect(await monthsOf('fact_sales')).toContain('analytics.fact_sales_2019_01')
  })

  test.each([
    ['2017-02-01', '2017-01-01', /2017-02-01 is after 2017-01-01/],
    ['0217-02-01', '2017-01-01', /leaves 1990 to 2100/],
    ['2017-02-01', '9999-12-31', /leaves 1990 to 2100/],
  ])('refuses %s to %s', async (first, last, message) => {
    await expect(ensure(first, last)).rejects.toThrow(message)
  })
})
