/** The assets on a real lake and a real database: what a day becomes, and that building it again changes nothing. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pathToName } from '../../lake/protocol.ts'
import { dropAbandonedStaging } from './framework/staging.ts'
import {
  doorCount,
  type Materialized,
  materializePartition,
  openTestAssets,
  priceChange,
  saleLine,
  stockMovement,
  type TestAssets,
} from './framework/testing.ts'
import { assetByName, assets } from './index.ts'

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  await world.context.pool.query(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     select id, id, 'file', '{1}', '12:00', 'UTC', 1, upper(id), now() from unnest(array['usd', 'eur']) as id`,
  )
})
afterAll(() => world.close())

const build = (name: string, date: string, shards = 1): Promise<Materialized> =>
  materializePartition(world.context, assetByName(name), date, { shards })

async function buildDay(date: string): Promise<Map<string, Materialized>> {
  const built = new Map<string, Materialized>()
  for (const asset of assets) built.set(asset.name, await materializePartition(world.context, asset, date))
  return built
}

/** Builds these assets after all that they read. A whole day takes seconds. */
async function buildUpTo(names: readonly string[], date: string, shards = 1): Promise<Materialized> {
  const needed = new Set<string>(names)
  for (const { name, upstream } of assets.toReversed())
    if (needed.has(name)) for (const above of upstream) needed.add(above)
  let last: Materialized | undefined
  for (const { name } of assets) if (needed.has(name)) last = await build(name, date, shards)
  return last!
}

const finding = (built: Materialized, check: string) => built.checks.find((result) => result.check === check)!

/** Every data file of a date, as a hash of its bytes. */
async function fileHashes(name: string, date: string): Promise<string[]> {
  const table = await world.context.lake.table(name)
  const files = [...(await table.snapshot()).files.values()].filter((file) => file.partitionValues.date === date)
  const bodies = files.map(({ path }) =>
    world.context.objectStore.get(`${world.context.settings.lakePrefix}/${name}/${pathToName(path)}`),
  )
  return (await Promise.all(bodies)).map((body) => createHash('sha256').update(body!).digest('hex')).sort()
}

test('a copy of an event is dropped, a second line that looks the same is kept and marked', async () => {
  const at = '2024-05-01T10:00:00-04:00'
  const twice = saleLine({ event_id: 'twice', event_at: at, transaction_id: 'a1' })
  const like = { event_at: at, transaction_id: 'a2', line_no: 1 }
  await world.addRaw('pos_transactions', [
    twice,
    saleLine({ ...like, event_id: 'first' }),
    saleLine({ ...like, event_id: 'second', line_no: 2 }),
    'not an event',
  ])
  await world.addRaw('pos_transactions', [{ ...twice, source: 'resent' }])
  const built = await build('cleansed/sales', '2024-05-01')
  expect(built.rows).toBe(3)
  expect(finding(built, 'every_raw_row_accounted_for')).toMatchObject({
    passed: true,
    finding: 'raw rows, against written 3 + rejected 0 + duplicates 1: 4',
  })
  const rows = await world.lakeRows('cleansed/sales', '2024-05-01', 'event_id, source, is_duplicate_suspect')
  expect(rows).toEqual([
    { event_id: 'twice', source: 'test', is_duplicate_suspect: false },
    { event_id: 'first', source: 'test', is_duplicate_suspect: false },
    { event_id: 'second', source: 'test', is_duplicate_suspect: true },
  ])
})

test('a message that broke its contract is refused with its reason', async () => {
  // A broken message's day is the day on which it came.
  await world.addRaw('pos_transactions', ['{"broken"', saleLine({ event_at: '2024-05-03T10:00:00Z' })])
  const built = await build('cleansed/sales', '2024-05-03')
  expect(built.rows).toBe(1)
  const rejected = finding(built, 'rejected_rows')
  expect(rejected).toMatchObject({ passed: false, severity: 'warn', failingRows: 2 })
  expect(rejected.examples!.map(({ reason }) => reason).sort()).toEqual(['invalid_json', 'invalid_json'])
  // The row is found by its place; its words, which may name a customer, are with the dead letter only.
  for (const { row } of rejected.examples!) {
    expect(Object.keys(row)).toEqual(expect.arrayContaining(['partition', 'offset']))
    expect(row).not.toHaveProperty('payload')
  }
})

test('amounts are exact: three tenths are three tenths, and what the till reports as paid counts', async () => {
  const event_at = '2024-05-05T10:00:00Z'
  await world.addRaw('pos_transactions', [
    saleLine({ event_at, transaction_id: 'd1', quantity: '0.1', unit_price: '3', discount: '0.005' }),
    saleLine({ event_at, transaction_id: 'd2', quantity: '3', unit_price: '0.10', net_amount: '0.29' }),
    saleLine({ event_at, transaction_id: 'd3', quantity: '-2.5', unit_price: '1.01' }),
    saleLine({ event_at, transaction_id: 'd4', quantity: '1.333333', unit_price: '1.333333' }),
    saleLine({ event_at, transaction_id: 'd5', quantity: '999999', unit_price: '1000000' }),
    saleLine({ event_at, transaction_id: 'd6', net_amount: '0.333333' }),
  ])
  await build('cleansed/sales', '2024-05-05')
  expect(await world.lakeRows('cleansed/sales', '2024-05-05', 'gross_amount, net_amount, is_return')).toEqual([
    { gross_amount: '0.300000', net_amount: '0.300000', is_return: false },
    { gross_amount: '0.300000', net_amount: '0.290000', is_return: false },
    { gross_amount: '-2.525000', net_amount: '-2.530000', is_return: true },
    { gross_amount: '1.777777', net_amount: '1.780000', is_return: false },
    { gross_amount: '999999000000.000000', net_amount: '999999000000.000000', is_return: false },
    { gross_amount: expect.any(String), net_amount: '0.333333', is_return: false },
  ])
})

test('a return finds the latest earlier sale of the customer, also of an earlier day, or the one that the till names', async () => {
  const customer = { customer_id: 'c1', product_id: 'r1' }
  const sold = (day: string, transaction_id: string, line_no = 1) =>
    saleLine({ ...customer, event_at: `${day}T10:00:00Z`, transaction_id, line_no })
  const returned = (transaction_id: string, change = {}) =>
    saleLine({ ...customer, event_at: '2024-06-30T10:00:00Z', transaction_id, quantity: '-1', ...change })
  await world.addRaw('pos_transactions', [
    sold('2024-03-31', 'too-old'),
    sold('2024-06-01', 'named'),
    sold('2024-06-10', 'latest', 1),
    sold('2024-06-10', 'latest', 2),
    sold('2024-07-01', 'later'),
    returned('by-customer'),
    returned('by-till', { original_transaction_id: 'named' }),
    returned('nothing-found', { customer_id: 'c2' }),
    returned('till-names-unknown', { original_transaction_id: 'lost' }),
  ])
  const built = await build('cleansed/sales', '2024-06-30')
  const columns = 'transaction_id, original_transaction_id, original_line_no, original_sale_date'
  expect(await world.lakeRows('cleansed/sales', '2024-06-30', columns)).toEqual([
    {
      transaction_id: 'by-customer',
      original_transaction_id: 'latest',
      original_line_no: '2',
      original_sale_date: '2024-06-10',
    },
    {
      transaction_id: 'by-till',
      original_transaction_id: 'named',
      original_line_no: '1',
      original_sale_date: '2024-06-01',
    },
    {
      transaction_id: 'nothing-found',
      original_transaction_id: null,
      original_line_no: null,
      original_sale_date: null,
    },
    {
      transaction_id: 'till-names-unknown',
      original_transaction_id: 'lost',
      original_line_no: null,
      original_sale_date: null,
    },
  ])
  expect(finding(built, 'returns_without_sale').failingRows).toBe(2)
})

test('the same inputs give the same bytes and change nothing, with one thread or two and by shards', async () => {
  const day = '2024-08-01'
  await world.addRawRows(
    'pos_transactions',
    `select 'b' || i as event_id, 'test' as source, 1::bigint as schema_version,
      timestamptz '2024-08-01 08:00:00+00' + to_seconds(i) as event_at, 's' || (i % 17) as store_id,
      't' || (i // 5) as transaction_id, i % 5 as line_no, 'p' || (i * 7 % 331) as product_id,
      (1 + i % 3)::decimal(18,6) as quantity, (i % 97 / 10)::decimal(18,6) as unit_price, 0::decimal(18,6) as discount,
      'card' as payment_method, 'pos_transactions' as topic, 0::bigint as "partition", i as "offset",
      timestamptz '2024-08-02 00:00:00+00' as known_at, date '2024-08-01' as date from range(20000) as r(i)`,
  )
  const first = await build('cleansed/sales', day)
  const hashes = await fileHashes('cleansed/sales', day)
  expect(hashes).toHaveLength(1)
  await world.connection.run('set threads = 1')
  await build('cleansed/sales', day)
  const table = await world.context.lake.table('cleansed/sales')
  expect(await table.changedPartitions(first.outputVersion!, 'date')).toEqual(new Map())
  await world.connection.run('set threads = 2')
  expect(await fileHashes('cleansed/sales', day)).toEqual(hashes)

  const whole = await world.lakeRows('cleansed/sales', day)
  const sharded = await build('cleansed/sales', day, 3)
  expect(sharded.rows).toBe(20_000)
  const byEvent = (rows: Record<string, unknown>[]) => rows.map((row) => JSON.stringify(row)).sort()
  expect(byEvent(await world.lakeRows('cleansed/sales', day))).toEqual(byEvent(whole))
  expect(await fileHashes('cleansed/sales', day)).toHaveLength(3)
})

test('sums are the same in the raw lake, the cleansed lake and the star schema, also by shards', async () => {
  const day = '2024-08-01'
  await buildUpTo(['fact_sales', 'fact_inventory', 'fact_stock_movement'], day, 2)
  const [fact] = await world.rows<{ rows: number; quantity: string; net: string }>(
    `select count(*) as rows, sum(quantity) as quantity, sum(net_amount) as net from analytics.fact_sales where sale_date = '${day}'`,
  )
  const [raw] = await world.lakeRows(
    'raw/pos_transactions',
    day,
    'count(*) as rows, sum(quantity) as quantity, sum(round(quantity * unit_price, 2))::decimal(38, 6) as net',
  )
  expect({ ...fact, rows: String(fact!.rows) }).toEqual(raw)
  const [stock] = await world.rows<{ sold: string; keys: number }>(
    `select sum(sold_quantity) as sold, count(*) as keys from analytics.fact_inventory where inventory_date = '${day}'`,
  )
  expect(stock!.sold).toBe(fact!.quantity)
  expect(await world.rows("select tablename from pg_tables where schemaname = 'staging'")).toEqual([])
})

test('the named views sum to what the lake holds', async () => {
  const day = '2024-08-01'
  await world.context.pool.query(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     values ('fact_sales', $1, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now())`,
    [day],
  )
  await world.rows('select from analytics.refresh_bi()')
  const [lake] = await world.lakeRows(
    'cleansed/sales',
    day,
    'count(*)::integer as lines, sum(quantity)::varchar as quantity, sum(net_amount)::varchar as net',
  )
  const sums = (view: string, where: string) =>
    world.rows(
      `select sum(lines)::integer as lines, sum(quantity)::text as quantity, sum(net_amount)::text as net from bi.${view} where ${where}`,
    )
  expect(await sums('daily_sales_summary', `sale_date = '${day}'`)).toEqual([lake])
  expect(await sums('product_performance', `month_start = '${day}'`)).toEqual([lake])
  expect(await sums('sales_by_day', `sale_date = '${day}'`)).toEqual([lake])
  expect(await sums('sales_by_category', `sale_date = '${day}'`)).toEqual([lake])
  expect(await sums('products_by_month', `month_start = '${day}'`)).toEqual([lake])
  const [moved] = await world.rows<{ lines: number; quantity: string }>(
    `select sum(movements)::integer as lines, (-sum(quantity))::text as quantity from bi.stock_movements where movement_date = '${day}'`,
  )
  expect(moved).toEqual({ lines: lake!.lines, quantity: lake!.quantity })
})

test('a partition that is rebuilt from nothing is empty, in the lake and in the star schema', async () => {
  const day = '2024-09-01'
  await world.addRaw('pos_transactions', [saleLine({ event_at: `${day}T10:00:00Z` })])
  await world.addRaw('foot_traffic', [doorCount({ event_at: `${day}T10:00:00Z` })])
  await world.addRaw('price_changes', [priceChange({ event_at: `${day}T10:00:00Z`, product_id: 'gone' })])
  await buildDay(day)
  for (const topic of ['pos_transactions', 'foot_traffic', 'price_changes']) {
    await (await world.context.lake.table(`raw/${topic}`)).replacePartitions({ partitions: [{ date: day }], files: [] })
  }
  const built = await buildDay(day)
  const ofTheDay = assets.filter(({ pipeline }) => pipeline === undefined)
  expect(ofTheDay.map(({ name }) => built.get(name)!.rows)).toEqual(ofTheDay.map(() => 0))
  expect(await world.lakeRows('cleansed/sales', day)).toEqual([])
  for (const [fact, column] of [
    ['fact_sales', 'sale_date'],
    ['fact_inventory', 'inventory_date'],
    ['fact_stock_movement', 'movement_date'],
    ['fact_foot_traffic', 'traffic_date'],
    ['dim_price', 'change_date'],
  ]) {
    expect(await world.rows(`select * from analytics.${fact} where ${column} = '${day}'`)).toEqual([])
  }
})

test('a day before any event came can be built, and holds nothing', async () => {
  const built = await buildDay('2019-01-01')
  expect([...built.values()].every(({ rows }) => rows === 0)).toBe(true)
})

test('a blocking check leaves the rows that were there, and nothing in staging', async () => {
  const day = '2024-09-10'
  await world.addRaw('pos_transactions', [saleLine({ event_at: `${day}T10:00:00Z`, product_id: 'stands' })])
  await buildUpTo(['fact_sales'], day)
  const before = await world.rows(`select * from analytics.fact_sales where sale_date = '${day}'`)
  expect(before).toHaveLength(1)
  // A product that the dimension does not have, because its partition for the day was not built again.
  await world.addRaw('pos_transactions', [saleLine({ event_at: `${day}T11:00:00Z`, product_id: 'never-seen' })])
  await build('cleansed/sales', day)
  await expect(build('fact_sales', day)).rejects.toMatchObject({
    type: 'ChecksFailed',
    nonRetryable: true,
    message: expect.stringContaining('rows_without_product: 1 row: without a member in dim_product'),
  })
  expect(await world.rows(`select * from analytics.fact_sales where sale_date = '${day}'`)).toEqual(before)
  expect(await world.rows("select tablename from pg_tables where schemaname = 'staging'")).toEqual([])
})

test('a late event is in after the rebuild, once', async () => {
  const day = '2024-09-10'
  await buildUpTo(['fact_sales'], day)
  await buildUpTo(['fact_sales'], day)
  expect(await world.rows(`select 1 from analytics.fact_sales where sale_date = '${day}'`)).toHaveLength(2)
})

test('what a killed run left in staging is dropped after a day, and nothing younger', async () => {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const name = (hours: number) => `fact_sales_20240501_0_${nowSeconds - hours * 3_600}_0123abcd`
  await world.context.pool.query(`create table staging.${name(25)} (); create table staging.${name(23)} ()`)
  expect(await dropAbandonedStaging(world.context.pool, 24)).toEqual([`staging.${name(25)}`])
  expect(await dropAbandonedStaging(world.context.pool, 22)).toEqual([`staging.${name(23)}`])
})

test('two builds of one partition at once serialize', async () => {
  const day = '2024-08-01'
  await Promise.all([build('fact_sales', day), build('fact_sales', day), build('fact_inventory', day)])
  expect(await world.rows(`select 1 from analytics.fact_sales where sale_date = '${day}'`)).toHaveLength(20_000)
})

test('stock runs from day to day, in whatever order the days are built, and late movements move what follows', async () => {
  const product = { product_id: 'stock' }
  const arrives = (day: string, quantity_change: string, reason: 'delivery' | 'waste' | 'sale' = 'delivery') =>
    world.addRaw('inventory_updates', [
      stockMovement({ ...product, event_at: `${day}T06:00:00Z`, quantity_change, reason }),
    ])
  const sells = (day: string, quantity: string) =>
    world.addRaw('pos_transactions', [saleLine({ ...product, event_at: `${day}T12:00:00Z`, quantity })])
  await arrives('2024-10-01', '100')
  await sells('2024-10-01', '10')
  await arrives('2024-10-02', '-5', 'waste')
  await sells('2024-10-02', '20.5')
  // The till reports sales; the stock system's echo of one is not a second sale.
  await arrives('2024-10-02', '-20.5', 'sale')
  await sells('2024-10-04', '-1')
  for (const day of ['2024-10-04', '2024-10-01', '2024-10-02']) await buildUpTo(['fact_inventory'], day)
  const positions = () =>
    world.rows(
      `select inventory_date as day, opening_quantity::float as opening, received_quantity::float as received,
         sold_quantity::float as sold, adjusted_quantity::float as adjusted, closing_quantity::float as closing
       from analytics.fact_inventory join analytics.dim_product using (product_key)
       where product_id = 'stock' order by inventory_date`,
    )
  const first = { day: '2024-10-01', opening: 0, received: 100, sold: 10, adjusted: 0, closing: 90 }
  const second = { day: '2024-10-02', opening: 90, received: 0, sold: 20.5, adjusted: -5, closing: 64.5 }
  const third = { day: '2024-10-04', opening: 64.5, received: 0, sold: -1, adjusted: 0, closing: 65.5 }
  expect(await positions()).toEqual([first, second, third])

  await buildUpTo(['fact_inventory'], '2024-10-02')
  expect(await positions()).toEqual([first, second, third])

  await sells('2024-10-01', '7')
  await arrives('2024-10-03', '3')
  await buildUpTo(['fact_inventory'], '2024-10-03')
  await buildUpTo(['fact_inventory'], '2024-10-01')
  expect(await positions()).toEqual([
    { ...first, sold: 17, closing: 83 },
    { ...second, opening: 83, closing: 57.5 },
    { day: '2024-10-03', opening: 57.5, received: 3, sold: 0, adjusted: 0, closing: 60.5 },
    { ...third, opening: 60.5, closing: 61.5 },
  ])
  expect(
    await world.rows(
      "select quantity::float from ops.inventory_balances join analytics.dim_product using (product_key) where product_id = 'stock'",
    ),
  ).toEqual([{ quantity: 61.5 }])
})

test('prices end where the next begins, in whatever order the days are built, and again', async () => {
  const change = (day: string, new_price: string) =>
    world.addRaw('price_changes', [priceChange({ product_id: 'priced', event_at: `${day}T00:00:00Z`, new_price })])
  await change('2024-11-01', '1')
  await change('2024-11-03', '3')
  await change('2024-11-02', '2')
  for (const day of ['2024-11-03', '2024-11-01', '2024-11-02', '2024-11-01']) await build('cleansed/price_changes', day)
  for (const day of ['2024-11-03', '2024-11-01', '2024-11-02', '2024-11-01']) await build('dim_price', day)
  const prices = async () =>
    (
      await world.rows<{ price: string; valid_from: Date; valid_to: Date; is_current: boolean }>(
        "select price::float, valid_from, valid_to, is_current from analytics.dim_price where product_id = 'priced' order by valid_from",
      )
    ).map(({ price, valid_from, valid_to, is_current }) =>
      [price, valid_from.toISOString().slice(0, 10), valid_to.toISOString().slice(0, 10), is_current].join(' '),
    )
  expect(await prices()).toEqual([
    '1 2024-11-01 2024-11-02 false',
    '2 2024-11-02 2024-11-03 false',
    '3 2024-11-03 9999-12-31 true',
  ])
  const raw = await world.context.lake.table('raw/price_changes')
  await raw.replacePartitions({ partitions: [{ date: '2024-11-02' }], files: [] })
  await build('cleansed/price_changes', '2024-11-02')
  await build('dim_price', '2024-11-02')
  expect(await prices()).toEqual(['1 2024-11-01 2024-11-03 false', '3 2024-11-03 9999-12-31 true'])
})

test('dimensions keep history, and an unknown member is filled in when the catalogue names it', async () => {
  const day = '2024-12-01'
  await world.addRaw('pos_transactions', [
    saleLine({ event_at: `${day}T10:00:00Z`, product_id: 'dim', store_id: 'dim', transaction_id: 'dim' }),
  ])
  await buildUpTo(['fact_sales'], day)
  const versions = (table: string, id: string) =>
    world.rows<Record<string, unknown>>(
      `select ${table}_key::text as key, name, valid_from::date::text as from, valid_to::date::text as to, is_current, is_unknown
       from analytics.dim_${table} where ${table}_id = '${id}' order by valid_from`,
    )
  const [inferred] = await versions('product', 'dim')
  expect(inferred).toMatchObject({
    name: 'Unknown product dim',
    is_unknown: true,
    from: '1900-01-01',
    to: '9999-12-31',
  })

  const tell = (name: string, from: string) =>
    world.context.pool.query('insert into ref.product_versions (product_id, valid_from, name) values ($1, $2, $3)', [
      'dim',
      from,
      name,
    ])
  await tell('second', '2024-12-02T00:00:00Z')
  await tell('first', '2024-06-01T00:00:00Z')
  await world.context.pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('dim', 'Store', 'North', 'America/New_York', 'US', 'USD', '2024-06-01')`,
  )
  await buildUpTo(['fact_sales'], day)
  const expected = [
    { key: inferred!.key, name: 'first', from: '1900-01-01', to: '2024-12-02', is_current: false, is_unknown: false },
    { name: 'second', from: '2024-12-02', to: '9999-12-31', is_current: true, is_unknown: false },
  ]
  expect(await versions('product', 'dim')).toMatchObject(expected)
  await world.context.pool.query(
    "update ref.stores set region = 'South', name = 'Moved', recorded_at = '2024-12-15' where store_id = 'dim'",
  )
  await buildUpTo(['fact_sales'], '2024-11-30')
  await buildUpTo(['fact_sales'], day)
  expect(await versions('product', 'dim')).toMatchObject(expected)
  expect(await versions('store', 'dim')).toMatchObject([
    { name: 'Store', from: '1900-01-01', to: '2024-12-15', is_current: false, is_unknown: false },
    { name: 'Moved', from: '2024-12-15', to: '9999-12-31', is_current: true, is_unknown: false },
  ])
  expect(
    await world.rows(
      `select product.name, store.name as store from analytics.fact_sales
       join analytics.dim_product as product using (product_key) join analytics.dim_store as store using (store_key)
       where sale_date = '${day}' and product_id = 'dim'`,
    ),
  ).toEqual([{ name: 'first', store: 'Store' }])
})

test('a sale has the cost and the list price of its time, or the reason why not', async () => {
  const day = '2024-12-10'
  await world.context.pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('cost', 'Store', 'North', 'UTC', 'US', 'USD', '2024-01-01')`,
  )
  const terms = (product: string, supplier: string, from: string, cost: number) =>
    world.context.pool.query(
      `insert into ref.supply_terms_versions (terms_id, valid_from, product_id, supplier_id, unit_cost, preference)
       values ('*/' || $1 || '/' || $2, $3, $1, $2, $4, 1)`,
      [product, supplier, from, cost],
    )
  await terms('costed', 'usd', '2024-12-01T00:00:00Z', 1.25)
  await terms('costed', 'usd', '2024-12-10T12:00:00Z', 1.5)
  await terms('late', 'usd', '2024-12-11T00:00:00Z', 1)
  await terms('foreign', 'eur', '2024-12-01T00:00:00Z', 1)
  await world.context.pool.query(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, shelf_life_days, recorded_at)
     values ('*/costed/usd', 'costed', 'usd', 1.5, 6, 1, 7, '2024-12-10T12:00:00Z')`,
  )
  const price = { store_id: 'cost', product_id: 'costed' }
  await world.addRaw('price_changes', [
    priceChange({ ...price, event_at: '2024-12-09T00:00:00Z', new_price: '3' }),
    priceChange({ ...price, event_at: `${day}T08:00:00Z`, new_price: '2', reason: 'promotion' }),
    priceChange({ ...price, event_at: `${day}T13:00:00Z`, new_price: '4' }),
  ])
  const sells = (product_id: string, hour: number, change = {}) =>
    saleLine({ store_id: 'cost', product_id, event_at: `${day}T${hour}:00:00Z`, transaction_id: `${hour}`, ...change })
  await world.addRaw('pos_transactions', [
    sells('costed', 11, { quantity: '2' }),
    sells('costed', 12, { quantity: '-1' }),
    sells('costed', 14),
    sells('late', 11),
    sells('foreign', 11),
    sells('stray', 11),
  ])
  await buildUpTo(['fact_sales'], '2024-12-09')
  await buildUpTo(['fact_sales'], day)
  expect(
    await world.rows(
      `select product_id as product, quantity::float, sale.unit_cost::float as cost, cost_amount::float as costs,
         margin_amount::float as margin, cost_status, list_price::float as list, list_price_status
       from analytics.fact_sales as sale join analytics.dim_product using (product_key)
       where sale_date = '${day}' and product_id in ('costed', 'late', 'foreign', 'stray') order by product_id, sold_at`,
    ),
  ).toEqual([
    ...[
      { quantity: 2, cost: 1.25, costs: 2.5, margin: 2.5, list: 3 },
      { quantity: -1, cost: 1.5, costs: -1.5, margin: -1, list: 3 },
      { quantity: 1, cost: 1.5, costs: 1.5, margin: 1, list: 4 },
    ].map((line) => ({ product: 'costed', cost_status: 'known', list_price_status: 'known', ...line })),
    ...[
      ['foreign', 'other_currency'],
      ['late', 'before_terms'],
      ['stray', 'no_terms'],
    ].map(([product, cost_status]) => ({
      ...{ product, quantity: 1, cost: null, costs: null, margin: null, cost_status },
      ...{ list: null, list_price_status: 'no_price' },
    })),
  ])
  expect(
    await world.rows(
      `select supplier.name as supplier, unit_cost::float as cost, cost_currency as currency, pack_size::float as pack, shelf_life_days as days
       from analytics.dim_product join analytics.dim_supplier as supplier using (supplier_key) where product_id = 'costed'`,
    ),
  ).toEqual([{ supplier: 'usd', cost: 1.5, currency: 'USD', pack: 6, days: 7 }])
})

test('stock has its value and its reorder point; a stock-out its times and its loss; movements their reasons', async () => {
  const [store_id, product_id] = ['gaps', 'gap']
  await world.context.pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('gaps', 'Store', 'North', 'UTC', 'US', 'USD', '2024-01-01')`,
  )
  await world.context.pool.query(
    `insert into ref.supply_terms_versions (terms_id, valid_from, product_id, supplier_id, unit_cost, preference)
     values ('*/gap/usd', '2025-01-01', 'gap', 'usd', 1.5, 1)`,
  )
  await world.addRaw('price_changes', [
    priceChange({ store_id, product_id, event_at: '2025-02-01T00:00:00Z', new_price: '2' }),
  ])
  const moves = (
    at: string,
    quantity_change: string,
    reason: 'delivery' | 'waste' = 'delivery',
    product = product_id,
  ) => stockMovement({ store_id, product_id: product, event_at: `2025-02-${at}:00:00Z`, quantity_change, reason })
  await world.addRaw('inventory_updates', [
    moves('01T06', '10'),
    moves('01T06', '100', 'delivery', 'steady'),
    moves('02T15', '5'),
    moves('02T20', '-5', 'waste'),
  ])
  const sells = (at: string, quantity: string, product = product_id) =>
    saleLine({ store_id, product_id: product, event_at: `2025-02-${at}:00:00Z`, transaction_id: at, quantity })
  await world.addRaw('pos_transactions', [
    sells('01T10', '4'),
    sells('02T12', '6'),
    ...['01T10', '02T10', '02T13', '02T14', '03T09'].map((at) => sells(at, '1', 'steady')),
  ])
  const days = ['2025-02-01', '2025-02-02', '2025-02-03']
  for (const day of days) await buildUpTo(['fact_inventory', 'fact_stock_movement', 'fact_stockout'], day)
  await buildUpTo(['fact_inventory', 'fact_stock_movement', 'fact_stockout'], '2025-02-03')
  const ofGap = `join analytics.dim_product using (product_key) where product_id = 'gap' and inventory_date >= '2025-02-01'`
  expect(
    await world.rows(
      `select daily_quantity::float as daily, days_of_cover::float as days, stock_value::float as value,
         safety_stock::float as safety, reorder_point::float as reorder
       from analytics.fact_inventory ${ofGap} order by inventory_date`,
    ),
  ).toEqual([
    { daily: 4, days: 1.5, value: 9, safety: 0, reorder: 12 },
    // Sales of 4 and 6: a deviation of 1; 1.644854 × √3 for two days of delivery and one of review.
    { daily: 5, days: 0, value: 0, safety: 2.84897, reorder: 17.84897 },
  ])
  const utc = (column: string) => `to_char(${column} at time zone 'UTC', 'DD HH24:MI') as ${column}`
  expect(
    await world.rows(
      `select stockout_date as day, out_of_stock_minutes as minutes, ${utc('began_at')}, ${utc('ended_at')},
         lost_quantity::float as lost, lost_amount::float as money
       from analytics.fact_stockout join analytics.dim_product using (product_key) where product_id = 'gap' order by 1`,
    ),
  ).toEqual([
    // From 12 to 15, while the store sold three of its four lines, and from 20 on, while it sold none.
    { day: days[1], minutes: 420, began_at: '02 12:00', ended_at: null, lost: 3.75, money: 7.5 },
    { day: days[2], minutes: 1440, began_at: '02 12:00', ended_at: null, lost: 5, money: 10 },
  ])
  expect(
    await world.rows(
      `select reason, movements, quantity::float from analytics.fact_stock_movement
       join analytics.dim_product using (product_key) where product_id = 'gap' and movement_date = '${days[1]}' order by reason`,
    ),
  ).toEqual([
    { reason: 'delivery', movements: 1, quantity: 5 },
    { reason: 'sale', movements: 1, quantity: -6 },
    { reason: 'waste', movements: 1, quantity: -5 },
  ])
  expect(
    await world.rows(
      `select wasted_quantity::float as units, cost_amount::float as cost, list_amount::float as list from bi.fact_waste
       where waste_date = '${days[1]}'`,
    ),
  ).toEqual([{ units: 5, cost: 7.5, list: 10 }])
  for (const day of days) {
    const [sums] = await world.rows<{ moved: string; changed: string; lines: number }>(
      `select (select sum(quantity) from analytics.fact_stock_movement where movement_date = '${day}') as moved,
         (select sum(closing_quantity - opening_quantity) from analytics.fact_inventory where inventory_date = '${day}') as changed,
         (select sum(movements) from analytics.fact_stock_movement where movement_date = '${day}')::integer as lines`,
    )
    const lake = async (table: string) => Number((await world.lakeRows(table, day, 'count(*) as n'))[0]!.n)
    expect(sums!.moved).toBe(sums!.changed)
    expect(sums!.lines).toBe((await lake('cleansed/sales')) + (await lake('cleansed/inventory')))
  }
})

test('the order in which days are built does not change when to order, nor does a sale that came late', async () => {
  const store_id = 'paced'
  const days = ['2025-03-01', '2025-03-02', '2025-03-04', '2025-03-31']
  const sells = (day: string, quantity: string, product_id = 'often') =>
    saleLine({ store_id, product_id, event_at: `${day}T12:00:00Z`, transaction_id: quantity, quantity })
  const buildStock = async (day: string) => {
    for (const name of ['cleansed/sales', 'cleansed/inventory', 'dim_store', 'dim_product', 'fact_inventory'])
      await build(name, day)
  }
  const orderPoints = () =>
    world.rows(
      `select inventory_date as day, product_id, daily_quantity::float as daily, safety_stock as safety, reorder_point as reorder
       from analytics.fact_inventory join analytics.dim_product using (product_key) join analytics.dim_store using (store_key)
       where store_id = '${store_id}' order by inventory_date, product_id`,
    )
  await world.addRaw('pos_transactions', [
    ...days.map((day, number) => sells(day, String(number + 1))),
    sells(days[0]!, '7', 'seldom'),
    sells(days[2]!, '1', 'seldom'),
  ])
  for (const day of days.toReversed()) await buildStock(day)
  // A sale of one product on a day that had none makes it a day more for both.
  await world.addRaw('pos_transactions', [sells('2025-03-03', '5', 'seldom'), sells(days[0]!, '9')])
  for (const day of ['2025-03-03', days[0]!]) await buildStock(day)

  const found = await orderPoints()
  expect(found).toMatchObject([
    { day: '2025-03-01', product_id: 'often', daily: 10 },
    { day: '2025-03-01', product_id: 'seldom', daily: 7 },
    { day: '2025-03-02', product_id: 'often', daily: 6 },
    { day: '2025-03-03', product_id: 'seldom', daily: 4 },
    { day: '2025-03-04', product_id: 'often', daily: 3.75 },
    { day: '2025-03-04', product_id: 'seldom', daily: 3.25 },
    // The first three days are more than 27 days before it.
    { day: '2025-03-31', product_id: 'often', daily: 3.5 },
  ])
  await world.context.pool.query("delete from analytics.fact_inventory where inventory_date >= '2025-03-01'")
  await world.context.pool.query('delete from ops.inventory_balances')
  for (const day of [...days, '2025-03-03'].sort()) await buildStock(day)
  expect(await orderPoints()).toEqual(found)
})

test("a day's hours are those of the store's clock, also when the clocks go back", async () => {
  const store_id = 'dst'
  await world.context.pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('dst', 'Store', 'North', 'America/New_York', 'US', 'USD', '2024-01-01')`,
  )
  await world.addRaw('foot_traffic', [
    doorCount({ store_id, event_at: '2024-11-03T00:45:00-04:00', entries: 1 }),
    doorCount({ store_id, event_at: '2024-11-03T01:15:00-04:00', entries: 10 }),
    doorCount({ store_id, event_at: '2024-11-03T01:15:00-05:00', entries: 100 }),
    doorCount({ store_id, event_at: '2024-11-03T23:45:00-05:00', entries: 1000 }),
  ])
  await world.addRaw('pos_transactions', [
    saleLine({ store_id, product_id: 'dst', event_at: '2024-11-03T23:59:00-05:00', transaction_id: 'late evening' }),
  ])
  await buildUpTo(['fact_sales', 'fact_foot_traffic'], '2024-11-03')
  expect(
    await world.rows(
      `select hour_of_day as hour, entries from analytics.fact_foot_traffic join analytics.dim_store using (store_key)
       where store_id = 'dst' order by hour_of_day`,
    ),
  ).toEqual([
    { hour: 0, entries: 1 },
    { hour: 1, entries: 110 },
    { hour: 23, entries: 1000 },
  ])
  expect(
    await world.rows(
      `select sale_date as day, to_char(sold_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as utc from analytics.fact_sales
       where transaction_id = 'late evening'`,
    ),
  ).toEqual([{ day: '2024-11-03', utc: '2024-11-04 04:59' }])
})

test('a store that sold in the week before and not today is missing', async () => {
  const sells = (store_id: string, day: string) =>
    world.addRaw('pos_transactions', [saleLine({ store_id, event_at: `${day}T10:00:00Z` })])
  await sells('m1', '2025-01-02')
  await sells('m2', '2025-01-02')
  await sells('m1', '2025-01-05')
  await buildUpTo(['fact_sales'], '2025-01-02')
  const built = await buildUpTo(['fact_sales'], '2025-01-05')
  expect(finding(built, 'missing_stores')).toMatchObject({
    passed: false,
    severity: 'warn',
    failingRows: 1,
    examples: [{ row: { store_id: 'm2' } }],
  })
})

test('a source that reports absurd movements keeps no other store out of a day', async () => {
  const day = '2024-11-01'
  const event_at = `${day}T06:00:00Z`
  const absurd = { event_at, store_id: 's1', product_id: 'flood', quantity_change: '999999999' }
  await world.addRaw('inventory_updates', [
    ...Array.from({ length: 1_100 }, () => stockMovement(absurd)),
    stockMovement({ event_at, product_id: 'calm', quantity_change: '7' }),
  ])
  await buildUpTo(['fact_inventory'], day)
  const built = await build('fact_inventory', day)
  expect(finding(built, 'implausible_movements')).toMatchObject({ passed: false, severity: 'warn', failingRows: 1 })
  expect(
    await world.rows(
      `select product_id as product, received_quantity::float as received, closing_quantity::float as closing
       from analytics.fact_inventory join analytics.dim_product using (product_key)
       where inventory_date = '${day}' order by product_id`,
    ),
  ).toEqual([
    { product: 'calm', received: 7, closing: 7 },
    { product: 'flood', received: 0, closing: 0 },
  ])
})
