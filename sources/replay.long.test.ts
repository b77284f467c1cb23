/** Replays of whole data sets, and of the same weeks several times. */
import { existsSync } from 'node:fs'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InventoryUpdate, PosTransaction } from '../contracts/events.ts'
import { parseEvent } from '../contracts/parse.ts'
import { createLocalDuckDb, literal, withConnection } from '../platform/duckdb/duckdb.ts'
import { datasets } from './datasets.ts'
import { type PreparedReplay, prepareReplay, type ReplaySelection } from './replay.ts'
import { replayInMemory, temporarySettings } from './testing.ts'

const { settings, remove } = temporarySettings()
afterAll(remove)

const PREPARING_MS_MAX = 4 * 60_000
const replayed = replayInMemory(settings)
type Sale = PosTransaction
const onlineRetail = { dataset: 'online-retail' } as const
const november = { ...onlineRetail, from: '2011-11-01', to: '2011-11-14' }

/** What several tests look at. */
const fortnight = replayed(november)

/** Rows of a query over the prepared events of a replay. */
async function queried(selection: ReplaySelection, sql: string): Promise<unknown[]> {
  const instance = await createLocalDuckDb(settings)
  try {
    return await withConnection(instance, async (connection) => {
      await prepareReplay(connection, selection)
      return (await connection.runAndReadAll(sql)).getRowObjectsJson()
    })
  } finally {
    instance.closeSync()
  }
}

/** Store × product × day whose sums differ between the sale events and the data set; the data set's side is given. */
const differences = (data: string) => `
  with
  sent as (
    select store_id, product_id, left(event_at, 10)::date as day, count(*) as lines,
      sum(quantity::decimal(18, 6)) as quantity, sum(net_amount::decimal(18, 6)) as net
    from pos_transactions group by all
  ),
  held as (${data})
  select (select count(*) from sent)::integer as sums, count(*)::integer as differing
  from sent full join held using (store_id, product_id, day)
  where (sent.lines, sent.quantity, sent.net) is distinct from (held.lines, held.quantity, held.net)`

describe('online-retail over both years', () => {
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  let prepared: PreparedReplay
  beforeAll(async () => {
    instance = await createLocalDuckDb(settings)
    connection = await instance.connect()
    prepared = await prepareReplay(connection, onlineRetail)
  }, PREPARING_MS_MAX)
  afterAll(() => {
    connection?.closeSync()
    instance?.closeSync()
  })

  test('has the sums of the data set per store, product and day', async () => {
    const data = `
      select lower(replace(country, ' ', '-')) as store_id, stock_code as product_id, invoiced_at::date as day,
        count(*) as lines, sum(quantity)::decimal(18, 6) as quantity,
        sum(quantity * unit_price::decimal(18, 3))::decimal(18, 6) as net
      from ${literal(`${datasets['online-retail'].defaultPath}/lines.parquet`)} group by all`
    const found = await connection.runAndReadAll(differences(data))
    expect(found.getRowObjectsJson()).toEqual([{ sums: 596_069, differing: 0 }])
  })

  test('passes the mess on: what breaks the contract, and how often', async () => {
    const problems: Record<string, number> = {}
    const ids = new Set<string>()
    let [sent, sales] = [0, 0]
    for await (const chunk of prepared.events()) {
      for (const { topic, value } of chunk) {
        sent += 1
        const parsed = parseEvent(topic, Buffer.from(value), Date.now())
        if (topic === 'pos_transactions') {
          sales += 1
          ids.add((parsed.ok ? parsed.event : (JSON.parse(value) as Sale)).event_id)
        }
        if (parsed.ok) continue
        const kind = `${topic} ${parsed.problem} ${parsed.error.split(' ')[0]}`
        problems[kind] = (problems[kind] ?? 0) + 1
      }
    }
    expect(problems).toEqual({
      'pos_transactions negative_price unit_price': 5,
    })
    expect(sent).toBe(prepared.total)
    expect(sales).toBe(1_067_371)
    expect(ids.size).toBe(sales)
  })
})

describe('online-retail', () => {
  test('sends the same events again, and other generated events under another seed', async () => {
    const [first, again, other] = [await fortnight, await replayed(november), await replayed({ ...november, seed: 2 })]
    expect(again.events).toEqual(first.events)
    expect(other.sales).toEqual(first.sales)
    expect(other.stock).not.toEqual(first.stock)
  })

  test('sends catalogues first, then each event in the order in which it became known', async () => {
    const { events } = await fortnight
    const lastCatalogue = events.findLastIndex(({ topic }) => topic.endsWith('_catalog'))
    const firstOther = events.findIndex(({ topic }) => !topic.endsWith('_catalog'))
    expect(lastCatalogue).toBe(firstOther - 1)
    const instants = events.slice(firstOther).map(({ topic, value }) => {
      const { event_at } = JSON.parse(value) as Sale
      return Date.parse(event_at) + (topic === 'foot_traffic' ? 3_600_000 : 0)
    })
    expect(instants).toEqual([...instants].sort((a, b) => a - b))
  })

  test('never sells what is not there, and continues a stock that an earlier replay opened', async () => {
    const whole = await fortnight
    const parts = [
      await replayed({ ...november, to: '2011-11-07' }),
      await replayed({ ...november, from: '2011-11-08', stockSince: '2011-11-01' }),
    ]
    const ids = (stock: InventoryUpdate[]) => stock.map((update) => JSON.stringify(update)).sort()
    expect(ids(parts.flatMap(({ stock }) => stock))).toEqual(ids(whole.stock))

    const onHand = new Map<string, number>()
    const oversold: string[] = []
    const moves = whole.events
      .filter(({ topic }) => topic === 'pos_transactions' || topic === 'inventory_updates')
      .map(({ topic, value }) => ({ topic, event: JSON.parse(value) as Sale & InventoryUpdate }))
      .filter(({ event }) => !event.unit_price?.startsWith('-') && !event.product_id.includes(' '))
    for (const { topic, event } of moves) {
      const key = `${event.store_id} ${event.product_id}`
      const change = topic === 'pos_transactions' ? -Number(event.quantity) : Number(event.quantity_change)
      const left = (onHand.get(key) ?? 0) + change
      onHand.set(key, left)
      if (left < 0) oversold.push(`${key} at ${event.event_at}`)
    }
    expect(oversold).toEqual([])
  })

  test('takes the stores with the most lines', async () => {
    const { sales, result } = await replayed({ ...november, stores: 2 })
    expect(new Set(sales.map(({ store_id }) => store_id))).toEqual(new Set(['united-kingdom', 'eire']))
    expect(result).toMatchObject({ stores: 2, from: '2011-11-01', to: '2011-11-14' })
  })
})

describe.skipIf(!existsSync(datasets['complete-journey'].defaultPath!))('complete-journey', () => {
  const journey = { dataset: 'complete-journey' } as const
  const quarter = { ...journey, from: '2017-03-01', to: '2017-03-28' }
  const transactions = `${datasets['complete-journey'].defaultPath}/transactions.parquet`
  const local = "timezone('America/New_York', timezone('UTC', transaction_timestamp))"

  test('has the sums of the data set per store, product and day, fuel in gallons; what was paid is exact to the cent', async () => {
    const products = `${datasets['complete-journey'].defaultPath}/products.parquet`
    const isFuel = `quantity > 100 and product_id in (
      select product_id from ${literal(products)} where product_type = 'GASOLINE-REG UNLEADED')`
    const data = `
      select store_id::varchar as store_id, product_id::varchar as product_id, ${local}::date as day,
        count(*) as lines, sum(quantity::decimal(18, 6) / case when ${isFuel} then 1000 else 1 end)::decimal(18, 6) as quantity,
        sum(round(sales_value * 100)::bigint)::decimal(18, 6) / 100 as net
      from ${literal(transactions)} where day between date '2017-03-01' and date '2017-03-28' group by all`
    const [found] = (await queried(quarter, differences(data))) as { sums: number; differing: number }[]
    expect(found!.differing).toBe(0)
    expect(found!.sums).toBeGreaterThan(100_000)
  })

  test("has the data set's own weeks when its instants are read as UTC", async () => {
    const instance = await createLocalDuckDb(settings)
    const split = await withConnection(instance, (connection) =>
      connection.runAndReadAll(`
        select week from ${literal(transactions)}
        group by week having max(${local}::date) - min(${local}::date) > 6`),
    )
    instance.closeSync()
    expect(split.getRows()).toEqual([])
  })

  test('keeps the contract in every event', async () => {
    const { events, sales } = await replayed({ ...journey, from: '2017-03-06', to: '2017-03-19', stores: 50 })
    const broken = events.filter(({ topic, value }) => !parseEvent(topic, Buffer.from(value), Date.now()).ok)
    expect(broken).toEqual([])
    // Across the change of clocks on March 12th.
    expect(new Set(sales.map(({ event_at }) => event_at.slice(19)))).toEqual(new Set(['-05:00', '-04:00']))
  })
})
