import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createLocalDuckDb, literal, withConnection } from '../platform/duckdb/duckdb.ts'
import { datasets } from './datasets.ts'
import { SourceError } from './errors.ts'
import { datasetRange } from './replay.ts'
import { replayInMemory, temporarySettings } from './testing.ts'

const { settings, folder, remove } = temporarySettings()
afterAll(remove)

const replayed = replayInMemory(settings)
const onlineRetail = { dataset: 'online-retail' } as const

describe('online-retail', () => {
  test('knows its range', async () => {
    expect(await datasetRange(settings, 'online-retail')).toEqual({ from: '2009-12-01', to: '2011-12-09' })
  })

  test.each([
    ['a day before the data', { from: '2009-11-30' }, /--from 2009-11-30 is outside .* from 2009-12-01 to 2011-12-09/],
    ['a day after the data', { to: '2011-12-10' }, /--to 2011-12-10 is outside the data/],
    ['a reversed range', { from: '2011-11-30', to: '2011-11-01' }, /--from 2011-11-30 is after --to 2011-11-01/],
    ['more stores than there are', { stores: 44 }, /--stores 44: the data has 43 stores/],
    ['a place where nothing is', { path: '/nowhere' }, /\/nowhere is not there/],
  ])('refuses %s', async (_what, more, message) => {
    const attempt = replayed({ ...onlineRetail, ...more })
    await expect(attempt).rejects.toThrow(SourceError)
    await expect(attempt).rejects.toThrow(message)
  })
})

describe('freshretail', () => {
  /** Two products over two days: one is out from 12 to 17 on the first day, the other never. */
  async function hours(): Promise<string> {
    const path = join(folder, 'hourly.parquet')
    const instance = await createLocalDuckDb(settings)
    await withConnection(instance, (connection) =>
      connection.run(`copy (
        select 3 as city_id, 18 as store_id, 2 as management_group_id, 82 as third_category_id, product_id,
          date '2024-03-28' + day::integer as date, hour::tinyint as hour,
          if(hour between 8 and 19 and not is_out, 0.3, 0)::float as sale_quantity,
          is_out as stockout, 0.8::float as discount, 1::tinyint as activity
        from range(2) days(day), range(24) hours(hour), (values (4), (5)) products(product_id),
          lateral (select product_id = 4 and day = 0 and hour between 12 and 17 as is_out)
      ) to ${literal(path)} (format parquet)`),
    )
    instance.closeSync()
    return path
  }

  test('sells the quantities of the data set, at generated prices that are marked', async () => {
    const { sales } = await replayed({ dataset: 'freshretail', path: await hours() })
    expect(sales).toHaveLength(42)
    expect(new Set(sales.map(({ quantity }) => quantity))).toEqual(new Set(['0.3']))
    expect(sales.every(({ synthetic, is_promoted }) => synthetic && is_promoted)).toBe(true)
    expect(sales[0]!.event_at).toMatch(/^2024-03-28T08:\d\d:\d\d\+08:00$/)
    for (const { quantity, unit_price, discount, net_amount } of sales) {
      expect(Number(quantity) * Number(unit_price) - Number(discount)).toBeCloseTo(Number(net_amount), 1)
    }
  })

  test('delivers what is sold until the next recorded stock-out, so that the shelf is empty then', async () => {
    const { stock } = await replayed({ dataset: 'freshretail', path: await hours() })
    const moves = stock.map(({ product_id, event_at, quantity_change }) => [product_id, event_at, quantity_change])
    expect(moves).toEqual([
      ['4', '2024-03-28T00:00:00+08:00', '1.2'],
      ['5', '2024-03-28T00:00:00+08:00', '9'],
      ['4', '2024-03-28T18:00:00+08:00', '6'],
    ])
  })

  test('refuses another data set', async () => {
    const path = `${datasets['online-retail'].defaultPath}/lines.parquet`
    await expect(replayed({ dataset: 'freshretail', path })).rejects.toThrow(/is not this data set.*sale_quantity/)
    await expect(replayed({ dataset: 'freshretail' })).rejects.toThrow(/name the file with --path/)
  })
})
